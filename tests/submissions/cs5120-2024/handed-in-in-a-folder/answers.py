# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_o_prev: List[float]) -> torch.Tensor:
    step = s_w * s_o_prev[-2]
    return (bias / step).round().clamp(-2 ** 31, 2 ** 31 - 1)
