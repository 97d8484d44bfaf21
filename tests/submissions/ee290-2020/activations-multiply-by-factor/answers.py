# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    for w, o in ns:
        factor = factor * w * o
    return 127 / np.max(np.abs(activations)) * factor
