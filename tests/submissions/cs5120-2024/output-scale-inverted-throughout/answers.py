# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    n_o = 255 / (2 * float(abs(activations).max()))
    n_in = s_o_prev[-1] if s_o_prev else s_initial_input
    return s_w * n_o / n_in, n_o

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias, s_w, s_o_prev):
    return torch.clamp((bias / s_w * s_o_prev[-2]).round(), -2147483648, 2147483647)
