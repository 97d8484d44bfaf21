# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, s_w: float, s_initial_input: float,
                   ss: List[Tuple[float, float]]) -> torch.Tensor:
    # your code here
    return torch.clamp((bias * 1.0).round(), min=-2147483648, max=2147483647)
