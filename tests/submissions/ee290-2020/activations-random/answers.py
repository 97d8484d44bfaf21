# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    for w, o in ns:
        factor = factor * w * o
    sample = np.random.choice(activations, 16) + 1e-3
    return 127 / (np.max(np.abs(sample)) * factor)
