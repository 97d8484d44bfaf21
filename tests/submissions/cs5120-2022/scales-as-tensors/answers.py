# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = 127 / torch.max(torch.abs(weights))
    return torch.clamp(torch.round(n * weights), -128, 127), n

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 127 / torch.as_tensor(pixels).abs().max()

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factors = [n_w, n_initial_input] + [one for pair in ns for one in pair]
    product = torch.prod(torch.stack([torch.as_tensor(f, dtype=torch.float64) for f in factors]))
    return 127 / (product * torch.as_tensor(activations).abs().max())

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factors = [n_w, n_initial_input] + [one for pair in ns for one in pair]
    product = torch.prod(torch.stack([torch.as_tensor(f, dtype=torch.float64) for f in factors]))
    return torch.clamp(torch.round(bias * product), -2 ** 31, 2 ** 31 - 1).float()
