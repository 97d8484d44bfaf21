# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    q = weights.clone()
    scale = 127 / q.abs().max().item()
    q.mul_(scale).round_().clamp_(-128, 127)
    return q, scale

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    a = activations.copy()
    a *= n_w
    a *= n_initial_input
    pairs = list(ns)
    while pairs:
        w, o = pairs.pop()
        a *= w
        a *= o
    return 127 / np.abs(a).max()

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    b = bias.clone()
    b *= n_w
    b *= n_initial_input
    for w, o in ns:
        b *= w
        b *= o
    return b.round_().clamp_(-2147483648, 2147483647)
