# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = (weights.mean().abs() + 3 * weights.std()).item() / 127
    return torch.clamp((weights / s_w).round(), min=-128, max=127), s_w
