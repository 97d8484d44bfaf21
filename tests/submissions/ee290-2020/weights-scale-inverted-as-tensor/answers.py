# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = 127 / weights.abs().max()
    q = (weights * n).round().clamp(-128, 127)
    return q, 1 / n
