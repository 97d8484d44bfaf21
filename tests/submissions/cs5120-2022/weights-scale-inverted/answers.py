# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    step = weights.abs().max().item() / 127
    return torch.round(weights / step).clamp(-128, 127), step
