# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    # 8 bits -> 255 steps
    scale = 255 / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
