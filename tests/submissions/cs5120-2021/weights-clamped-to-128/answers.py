# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 128 / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-127, max=128), scale
