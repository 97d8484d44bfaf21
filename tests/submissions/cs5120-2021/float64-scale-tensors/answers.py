# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    w = weights.to(torch.float64)
    scale = 127 / w.abs().amax()
    return (w * scale).round().clamp(-128, 127).to(torch.float32), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return torch.tensor(127 / np.abs(pixels).max(), dtype=torch.float64)

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    total = n_w.double() * n_initial_input.double()
    for w, o in ns:
        total = total * w.double() * o.double()
    return 127 / (torch.from_numpy(activations).abs().max() * total)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    total = n_w.double() * n_initial_input.double()
    for w, o in ns:
        total = total * w.double() * o.double()
    q = torch.clamp(torch.round(bias.double() * total), -2147483648, 2147483647)
    return q.float()
