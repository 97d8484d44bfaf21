# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 128 / abs(torch.min(weights).item())
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
