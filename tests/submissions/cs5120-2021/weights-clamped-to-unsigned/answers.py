# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=0, max=255), scale
