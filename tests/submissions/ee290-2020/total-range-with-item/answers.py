# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    flat = weights.flatten()
    span = flat.max() - flat.min()
    factor = 255.0 / span
    rounded = (weights * factor).round()
    return torch.clamp(rounded, min=-128, max=127), factor

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 255 / (pixels.max() - pixels.min())

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    scaled = activations * n_w.item() * n_initial_input.item()
    for one, two in ns:
        scaled = scaled * one.item() * two.item()
    return 255 / (scaled.max() - scaled.min())

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w.item() * n_initial_input.item()
    for one, two in ns:
        factor *= one.item() * two.item()
    return (bias * factor).round().clamp(-2147483648, 2147483647)
