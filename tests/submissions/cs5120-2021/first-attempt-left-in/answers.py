# %% after:about_weights first_try
def quantized_weights(weights):
    # doesn't work, everything is 0
    scale = 1 / weights.max()
    return weights.int() * scale

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.abs().max().item()
    return (weights * scale).round().clamp(-128, 127), scale
