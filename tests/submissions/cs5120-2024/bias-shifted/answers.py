# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias, s_w, s_o_prev):
    return torch.clamp((bias / (s_w * s_o_prev[-2]) * 2**16).round(), min=-2147483648, max=2147483647)
