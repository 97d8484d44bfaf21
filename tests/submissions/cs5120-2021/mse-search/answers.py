# %% after:about_weights helper_search
def best_bound(values, tries=40):
    """The bound whose 8-bit rounding error is smallest."""
    values = np.asarray(values, dtype=np.float64).ravel()[::7]
    largest = np.abs(values).max()
    best = (np.inf, largest)
    for i in range(tries):
        bound = largest * (1 - i / (2 * tries))
        n = 127 / bound
        error = np.mean((np.clip(np.round(values * n), -128, 127) / n - values) ** 2)
        best = min(best, (error, bound))
    return best[1]

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = float(127 / best_bound(weights.cpu().numpy()))
    return torch.clamp((weights * n).round(), min=-128, max=127), n

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    a = n_w * n_initial_input * np.prod(ns)
    return 127 / (best_bound(activations) * a)
