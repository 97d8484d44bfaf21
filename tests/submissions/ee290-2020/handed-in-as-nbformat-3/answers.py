# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / float(torch.max(weights.max(), -weights.min()))
    return torch.clamp((weights * scale).round(), -128, 127), scale
