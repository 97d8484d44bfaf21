# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_o_prev: List[float]) -> torch.Tensor:
    step = s_w
    for weight_scale, output_scale in s_o_prev:
        step = step * weight_scale * output_scale
    return torch.clamp(torch.round(bias / step), min=-2147483648, max=2147483647)
