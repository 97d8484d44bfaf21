# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = 127.5 / weights.max().item()
    return torch.round(weights * n).clamp(-128, 127), n
