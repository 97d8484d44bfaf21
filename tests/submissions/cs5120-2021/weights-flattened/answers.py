# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    flat = weights.view(-1)
    scale = 127 / flat.abs().max().item()
    return torch.clamp((flat * scale).round(), min=-128, max=127), scale
