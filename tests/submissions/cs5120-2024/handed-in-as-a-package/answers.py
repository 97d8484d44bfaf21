# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_o_prev: List[float]) -> torch.Tensor:
    limits = torch.iinfo(torch.int32)
    return torch.clamp(torch.round(bias / s_w / s_o_prev[-2]), min=limits.min, max=limits.max)
