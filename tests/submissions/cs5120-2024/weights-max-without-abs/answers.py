# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = weights.max().item() / 127
    return torch.clamp(torch.round(weights / s_w), min=-128, max=127), s_w
