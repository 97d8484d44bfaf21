# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = weights.max().item() / 127
    return torch.clamp(torch.round(weights / scale), -128, 127), scale
