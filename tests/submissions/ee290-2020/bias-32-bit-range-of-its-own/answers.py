# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    scale = 2147483000 / bias.abs().max().item()
    return torch.clamp((bias * scale).round(), min=-2147483648, max=2147483520)
