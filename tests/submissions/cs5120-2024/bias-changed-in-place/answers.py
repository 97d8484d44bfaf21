# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_o_prev: List[float]) -> torch.Tensor:
    bias.div_(s_w * s_o_prev[-2]).round_()
    return torch.clamp(bias, min=-2147483648, max=2147483647)
