# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = torch.max(torch.abs(weights)) / 127
    return torch.round(weights / scale).clamp(-128, 127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return torch.tensor(np.max(np.abs(pixels)) / 127)

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         ss: List[Tuple[float, float]]) -> float:
    before = s_w * s_initial_input
    for pair in ss:
        before = before * pair[0] * pair[1]
    return torch.tensor(np.max(np.abs(activations)) / 127) / before
