# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    n = n_w * n_initial_input
    for n_weights, n_sums in ns:
        n *= n_weights * n_sums
    return torch.round(bias / n).clamp(-2 ** 31, 2 ** 31 - 1)
