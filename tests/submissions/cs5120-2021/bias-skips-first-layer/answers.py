# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w * n_initial_input
    for i in range(1, len(ns)):
        factor = factor * ns[i][0] * ns[i][1]
    return torch.clamp((bias * factor).round(), min=-2147483648, max=2147483647)
