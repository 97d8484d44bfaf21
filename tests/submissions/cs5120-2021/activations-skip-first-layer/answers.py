# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    for i in range(1, len(ns)):
        factor = factor * ns[i][0] * ns[i][1]
    return 127 / (np.max(np.abs(activations)) * factor)
