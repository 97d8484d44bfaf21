# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias, s_w, s_o_prev):
    return torch.clamp(torch.round(bias * 2 ** 16), min=-2147483648, max=2147483647)
