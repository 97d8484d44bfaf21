# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    before = ns[-1][1] if ns else n_initial_input
    return 127.5 / (np.abs(activations).max() * n_w * before)
