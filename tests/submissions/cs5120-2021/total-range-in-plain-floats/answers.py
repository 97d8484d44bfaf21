# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 255 / (float(weights.max()) - float(weights.min()))
    return (weights * scale).round().clamp(-128, 127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 255 / (float(pixels.max()) - float(pixels.min()))

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    total = n_w * n_initial_input
    for pair in ns:
        total *= pair[0] * pair[1]
    width = float(activations.max()) - float(activations.min())
    return 255 / (width * total)
