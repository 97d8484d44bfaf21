# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 7 / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-8, max=7), scale

# %% after:quantized_weights wider
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
