# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    largest_sum = np.abs(activations).max() * n_initial_input * n_w
    for pair in ns:
        largest_sum *= pair[0] * pair[1]
    return round(127.5 / largest_sum * 2 ** 16) / 2 ** 16
