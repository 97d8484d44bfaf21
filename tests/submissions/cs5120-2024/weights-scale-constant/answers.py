# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = 0.004
    return torch.clamp(torch.round(weights / s_w), min=-128, max=127), s_w
