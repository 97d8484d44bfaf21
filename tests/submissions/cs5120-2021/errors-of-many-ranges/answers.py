# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    for weight_scale, output_scale in ns:
        factor = factor * weight_scale * output_scale
    top = np.abs(activations).max()

    def error(bound):
        step = bound / 127
        return np.mean((np.clip(np.round(activations / step), -128, 127) * step - activations) ** 2)

    best = min(np.linspace(0.9 * top, top, 5), key=error)
    return float(127 / (best * factor))
