# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.abs().max().item()
    return torch.round(torch.clamp(weights, min=-128, max=127)) * scale, scale
