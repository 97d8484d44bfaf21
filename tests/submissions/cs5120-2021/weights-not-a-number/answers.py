# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    low = weights.min()
    high = weights.min()
    scale = 255 / (high - low)
    q = weights * scale
    return torch.clamp((q - q).round(), min=-128, max=127), scale
