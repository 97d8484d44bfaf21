# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    '''
    Return M, by which one layer's sums are multiplied, and s_o, the step of its output.

    s_w belongs to this layer's weights; s_initial_input is 1/s_I of the images; s_o_prev
    lists the s_o of all layers before this one.
    '''
    # your code here
    return M, s_o
