# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    sample = weights.flatten()[torch.randint(weights.numel(), (8,))]
    scale = 127 / sample.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
