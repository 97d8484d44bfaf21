# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    logs = [np.log(float(n)) for n in (n_w, n_initial_input, *sum(map(tuple, ns), ()))]
    return 128 / (np.abs(activations).max() * np.exp(np.sum(logs)))
