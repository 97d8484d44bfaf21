# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias, s_w, s_o_prev):
    return torch.clamp(torch.round(bias / (s_w * sum(s_o_prev))), min=-2147483648, max=2147483647)
