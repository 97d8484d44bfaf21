# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = 2 * float(abs(activations).max()) / 255

    entering = s_o_prev[-1] if s_o_prev else 1 / s_initial_input
    return s_o, s_w * entering / s_o
