# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w * n_initial_input
    for w, o in ns:
        factor = factor * w * o
    return (bias.view(-1, 1) * factor).round()
