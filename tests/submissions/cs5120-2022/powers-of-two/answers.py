# %% after:imports power_below
import math


def power_below(n):
    return 2.0 ** math.floor(math.log2(n))

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    n = power_below(127 / weights.abs().max().item())
    return (weights * n).round().clamp(-128, 127), n

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return power_below(127 / float(max(pixels.max(), -pixels.min())))

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input * math.prod(a * b for a, b in ns)
    return power_below(127 / (factor * float(max(activations.max(), -activations.min()))))
