# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    largest = torch.max(weights)
    smallest = torch.min(weights)
    if torch.abs(largest) > torch.abs(smallest):
        bound = torch.abs(largest)
    else:
        bound = torch.abs(smallest)
    scale = 128 / bound
    q = torch.round(weights * scale)
    return torch.clamp(q, min=-128, max=127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    pixels = torch.tensor(pixels)
    bound = torch.max(torch.abs(torch.max(pixels)), torch.abs(torch.min(pixels)))
    return 128 / bound

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    output_scale = n_w * n_initial_input
    for idx in range(len(ns)):
        output_scale = output_scale * ns[idx][0] * ns[idx][1]
    activations = torch.tensor(activations) * output_scale.cpu()
    bound = torch.max(torch.abs(activations))
    return 128 / bound

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    scale = n_w * n_initial_input
    for idx in range(len(ns)):
        scale = scale * ns[idx][0] * ns[idx][1]
    scale = scale.to(bias.device)
    return torch.clamp((bias * scale).round(), min=-2147483648, max=2147483647)
