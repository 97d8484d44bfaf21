# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias, s_w, s_o_prev):
    return torch.clamp(torch.round(bias * 127), -2**31, 2**31-1)
