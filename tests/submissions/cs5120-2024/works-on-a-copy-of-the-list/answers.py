# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = 2 * abs(activations).max().item() / 255
    scales = list(s_o_prev)
    scales.reverse()
    entering = scales.pop(0) if scales else 1 / s_initial_input
    return s_w * entering / s_o, s_o
