# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    s_o = 0.05
    s_in = s_o_prev[-1] if s_o_prev else 1 / s_initial_input
    return s_w * s_in / s_o, s_o
