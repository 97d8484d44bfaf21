# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    sigma = weights.std()
    scale = (255 / (6 * sigma)).item()
    return torch.clamp((weights * scale).round(), -128, 127), scale

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    mu, sigma = np.mean(activations), np.std(activations)
    bound = max(abs(mu - 3 * sigma), abs(mu + 3 * sigma))
    for w, o in ns:
        bound *= w * o
    return 127 / (bound * n_w * n_initial_input)
