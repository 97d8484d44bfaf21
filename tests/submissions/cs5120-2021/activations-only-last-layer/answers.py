# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    if len(ns) > 0:
        factor = factor * ns[-1][0] * ns[-1][1]
    return 127 / (np.max(np.abs(activations)) * factor)
