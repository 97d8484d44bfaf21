# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    before = np.prod(np.array(ns)) if len(ns) > 0 else 1.0
    out = activations * before * n_w * n_initial_input
    return 127 / np.absolute(out).max()

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    int32 = torch.iinfo(torch.int32)
    factor = n_w * n_initial_input * np.prod(np.array(ns))
    return torch.clamp(torch.round(bias * factor), min=int32.min, max=int32.max)
