# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         ss: List[Tuple[float, float]]) -> float:
    return 2 * float(np.abs(activations).max()) / 255 / (s_w * s_initial_input)
