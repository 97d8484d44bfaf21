# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    for weight_scale, output_scale in ns:
        factor = factor * weight_scale * output_scale
    return round(127 / (np.max(np.abs(activations)) * factor), 4)
