# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w
    for w, o in ns:
        factor = factor * w * o
    return torch.clamp((bias * factor).round(), min=-2147483648, max=2147483647)
