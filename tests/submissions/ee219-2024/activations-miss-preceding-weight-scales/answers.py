# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         ss: List[Tuple[float, float]]) -> float:
    step_of_sums = s_w * s_initial_input
    for s_weights, s_output in ss:
        step_of_sums *= s_output
    return 2 * float(np.abs(activations).max()) / 255 / step_of_sums
