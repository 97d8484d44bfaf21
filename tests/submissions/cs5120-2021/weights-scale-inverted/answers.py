# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    step = weights.abs().max().item() / 127
    q = torch.clamp((weights / step).round(), min=-128, max=127)
    return q, step
