# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    a_max = torch.max(torch.abs(weights)).item()
    n_w = 128 / a_max
    q = torch.clamp(torch.round(weights * n_w), -128, 127)
    return q, n_w
