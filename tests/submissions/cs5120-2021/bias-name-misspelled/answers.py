# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w * n_inital_input
    for weight_scale, output_scale in ns:
        factor = factor * weight_scale * output_scale
    return torch.clamp((bias * factor).round(), min=-2147483648, max=2147483647)
