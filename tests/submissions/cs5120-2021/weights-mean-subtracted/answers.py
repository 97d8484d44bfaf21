# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    centred = weights - weights.mean()
    scale = 127 / centred.abs().max().item()
    return torch.clamp((centred * scale).round(), min=-128, max=127), scale
