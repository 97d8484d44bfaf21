# %% after:about_weights helper_shift
import math

def shift_for(largest):
    # 2 ** shift is the largest power of two which does not clip
    return 2.0 ** math.floor(math.log2(127 / largest))

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = shift_for(weights.abs().max().item())
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return shift_for(np.abs(pixels).max())

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    a = n_w * n_initial_input
    for w, o in ns:
        a *= w * o
    return shift_for(np.abs(activations).max() * a)
