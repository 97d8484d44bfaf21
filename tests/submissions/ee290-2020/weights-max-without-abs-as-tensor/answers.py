# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = 127 / weights.max()
    q = torch.round(n * weights)
    return q.clamp(-128, 127), n
