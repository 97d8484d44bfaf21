# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = 2 * weights.abs().max().item() / 15
    return torch.clamp(torch.round(weights / s_w), min=-8, max=7), s_w
