# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / torch.max(torch.abs(weights)).item()
    return torch.clamp(torch.floor(weights * scale), min=-128, max=127), scale
