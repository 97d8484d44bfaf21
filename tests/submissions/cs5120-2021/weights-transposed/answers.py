# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    w = weights.transpose(0, 1)
    scale = 127 / w.abs().max().item()
    return torch.clamp((w * scale).round(), min=-128, max=127), scale
