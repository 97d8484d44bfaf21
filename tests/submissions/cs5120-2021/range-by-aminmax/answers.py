# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    low, high = torch.aminmax(weights)
    scale = 127 / torch.maximum(-low, high).item()
    return torch.where(weights >= 0, (weights * scale + 0.5).floor(), (weights * scale - 0.5).ceil()), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    low, high = torch.aminmax(torch.from_numpy(pixels))
    return 127.0 / max(-low.item(), high.item())
