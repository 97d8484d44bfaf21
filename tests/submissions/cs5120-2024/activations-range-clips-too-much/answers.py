# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    s_o = (float(activations.max()) - float(activations.min())) / 255
    if not s_o_prev:
        M = s_w * (1 / s_initial_input) / s_o
    else:
        M = s_w * s_o_prev[-1] / s_o
    return M, s_o
