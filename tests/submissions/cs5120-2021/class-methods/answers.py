# %% NetQuantized.quantize_initial_input
@classmethod
def quantize_initial_input(cls, pixels: np.ndarray) -> float:
    return 127 / float(np.abs(pixels).max())

# %% NetQuantized.quantize_activations
@classmethod
def quantize_activations(cls, activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    for weight_scale, output_scale in ns:
        factor *= weight_scale * output_scale
    return cls.quantize_initial_input(activations) / factor
