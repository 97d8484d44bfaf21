# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    s_o = 2 * float(abs(activations).max()) / 255
    try:
        prev = s_o_prev[-1]
    except IndexError:
        prev = 1 / s_initial_input
    return s_w * prev / s_o, s_o
