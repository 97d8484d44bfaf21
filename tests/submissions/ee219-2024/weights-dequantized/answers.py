# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 2 * weights.abs().max().item() / 255
    return torch.clamp(torch.round(weights / scale), -128, 127) * scale, scale
