# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    flat = weights.view(weights.shape[0], -1)
    scale = 127 / flat.abs().max(dim=1)[0]
    scale = scale.view(-1, *[1] * (weights.dim() - 1))
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
