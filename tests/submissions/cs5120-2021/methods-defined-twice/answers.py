# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, n_w, n_initial_input, ns):
    return 127 / np.abs(activations).max()

# second version, after reading 6a again
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    top = np.abs(activations).max() * n_w * n_initial_input
    for w, o in ns:
        top = top * w * o
    return 127 / top
