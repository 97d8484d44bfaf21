# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    upper, lower = weights.max(), weights.min()
    edge = torch.where(upper > -lower, upper, -lower)
    n_w = 128 / edge
    return torch.round(weights * n_w).clamp(-128, 127), n_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    p = torch.tensor(pixels)
    return 128 / torch.maximum(p.max(), -p.min())

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    carried = n_initial_input * n_w
    for k, pair in enumerate(ns):
        carried = carried * pair[0] * pair[1]
    a = torch.tensor(activations) * carried.cpu()
    return 128 / torch.maximum(a.max(), -a.min())

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    carried = n_initial_input * n_w
    for k, pair in enumerate(ns):
        carried = carried * pair[0] * pair[1]
    return torch.round(bias * carried.to(bias.device)).clamp(-2147483648, 2147483647)
