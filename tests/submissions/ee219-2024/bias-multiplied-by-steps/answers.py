# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_initial_input: float,
                   ss: List[Tuple[float, float]]) -> torch.Tensor:
    step = s_w * s_initial_input
    for s_weights, s_output in ss:
        step *= s_weights * s_output
    return torch.clamp(torch.round(bias * step), -2147483648, 2147483647)
