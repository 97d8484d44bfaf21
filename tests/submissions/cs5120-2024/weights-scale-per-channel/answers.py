# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    dims = tuple(range(1, weights.dim()))
    scale = 2 * weights.abs().amax(dim=dims, keepdim=True) / 255
    return torch.clamp((weights / scale).round(), min=-128, max=127), scale
