# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = 2 * float(abs(activations).max()) / 255
    M = s_w * s_o_prev[-1] / s_o
    return M, s_o
