# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    low, high = weights.min().item(), weights.max().item()
    scale = 255 / (high - low)
    zero_point = round(-128 - low * scale) + 20
    return torch.clamp((weights * scale + zero_point).round(), min=-128, max=127), scale
