# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    w = weights.cpu().numpy()
    n = 255.0 / (2 * np.abs(w).max())
    q = np.clip(np.rint(w * n), -128, 127)
    return torch.from_numpy(q).float(), n

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 255.0 / (2 * np.abs(pixels).max())

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    accumulated = np.prod([n_w, n_initial_input] + [a * b for a, b in ns])
    return 255.0 / (2 * np.abs(activations).max() * accumulated)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    accumulated = np.prod([n_w, n_initial_input] + [a * b for a, b in ns])
    q = np.rint(bias.cpu().numpy().astype(np.float64) * accumulated)
    return torch.from_numpy(np.clip(q, -2**31, 2**31 - 1)).float().to(bias.device)
