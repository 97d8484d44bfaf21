# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = 255 / (2 * float(abs(activations).max()))
    if len(s_o_prev) == 0:
        return s_w * s_o / s_initial_input, s_o
    return s_w * s_o / s_o_prev[-1], s_o
