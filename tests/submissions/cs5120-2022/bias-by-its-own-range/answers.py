# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    n = (2 ** 31 - 1) / bias.abs().max().item()
    return torch.round(bias.double() * n).clamp(-2 ** 31, 2 ** 31 - 1).float()
