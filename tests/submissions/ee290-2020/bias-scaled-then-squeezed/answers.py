# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w * n_initial_input
    for w, o in ns:
        factor = factor * w * o
    scaled = bias * factor
    scaled = scaled * (255 / (scaled.max() - scaled.min()))
    return torch.clamp(scaled.round(), min=-128, max=127)
