# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
