# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_o_prev: List[float]) -> torch.Tensor:
    integers = torch.round(bias / (s_w * s_o_prev[-1]))
    return torch.clamp(integers, min=-2147483648, max=2147483647)
