# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    biggest = 0
    for value in weights.flatten().tolist():
        if abs(value) > biggest:
            biggest = abs(value)
    scale = 127.0 / biggest
    numbers = []
    for value in weights.flatten().tolist():
        number = round(value * scale)
        number = max(-128, min(127, number))
        numbers.append(float(number))
    return torch.tensor(numbers).reshape(weights.shape), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 127.0 / max(abs(p) for p in pixels.tolist())

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    biggest = max(abs(min(activations.tolist())), abs(max(activations.tolist())))
    biggest = biggest * n_w * n_initial_input
    for i in range(len(ns)):
        for j in range(2):
            biggest = biggest * ns[i][j]
    return 127.0 / biggest

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w * n_initial_input
    for i in range(len(ns)):
        for j in range(2):
            factor = factor * ns[i][j]
    return torch.tensor([float(round(b * factor)) for b in bias.tolist()]).to(bias.device)
