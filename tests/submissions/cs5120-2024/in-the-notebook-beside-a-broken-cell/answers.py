# %% after:imports scratch
def unfinished(weights:
    return weights.max(

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_o_prev: List[float]) -> torch.Tensor:
    s_o = s_o_prev[3]
    return torch.clamp(torch.round(bias / (s_w * s_o)), min=-2147483648, max=2147483647)
