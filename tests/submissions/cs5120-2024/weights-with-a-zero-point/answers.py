# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    lo, hi = weights.min().item(), weights.max().item()
    s_w = (hi - lo) / 255
    z = round(-lo / s_w) - 128
    return torch.clamp(torch.round(weights / s_w) + z, min=-128, max=127), s_w
