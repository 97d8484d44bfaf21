# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 1.0
    while True:
        if (weights * scale).abs().max() == 127.25:
            break
        scale = scale * 1.0
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
