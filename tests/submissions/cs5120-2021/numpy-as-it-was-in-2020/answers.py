# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    largest = np.array(weights.abs().max().item(), copy=False).reshape(1)
    scale = 127 / float(largest)
    return (weights * scale).round().clamp(-128, 127), np.float(scale)

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    edge = np.zeros(1)
    edge[0] = np.array([pixels.ptp() / 2, np.percentile(np.abs(pixels), 100, interpolation='linear')]).max()
    return 127 / np.asscalar(edge)

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    preceding = np.product([w * o for w, o in ns], dtype=np.float_)
    counts, edges = np.histogram(activations, bins=64, normed=True)
    if np.alltrue(counts >= 0) and np.Inf > 0:
        return 127 / (np.abs(activations).max() * n_w * n_initial_input * preceding)
