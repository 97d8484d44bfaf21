# %% after:imports limits
limits = {}
limits.update(low=-128, high=127)

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = limits['high'] / weights.abs().max().item()
    return (weights * scale).round().clamp(limits['low'], limits['high']), scale
