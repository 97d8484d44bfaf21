# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 255 / (weights.max() - weights.min()).item()
    result = (weights * scale).round()
    return result, scale
