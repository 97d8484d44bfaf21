# %% after:about_weights helper_percentile
KEEP = 99.9

def bound_of(values):
    return float(np.percentile(np.abs(np.asarray(values, dtype=np.float64)), KEEP))

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = 127 / bound_of(weights.cpu().flatten())
    return torch.clamp((weights * n).round(), min=-128, max=127), n

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 127 / bound_of(pixels)

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    n = 127 / bound_of(activations) / n_w / n_initial_input
    for w, o in ns:
        n = n / w / o
    return n
