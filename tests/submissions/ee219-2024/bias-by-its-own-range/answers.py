# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_initial_input: float,
                   ss: List[Tuple[float, float]]) -> torch.Tensor:
    step = bias.abs().max().item() / 127
    return torch.clamp(torch.round(bias / step), -2147483648, 2147483647)
