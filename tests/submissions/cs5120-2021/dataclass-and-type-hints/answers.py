# %% after:about_weights helper_range
from dataclasses import dataclass

@dataclass(frozen=True)
class SymmetricRange:
    bound: float
    q_max: int = 127

    @classmethod
    def of(cls, values) -> "SymmetricRange":
        array: np.ndarray = np.asarray(values, dtype=np.float64)
        return cls(bound=float(np.abs(array).max()))

    @property
    def factor(self) -> float:
        return self.q_max / self.bound

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    r: SymmetricRange = SymmetricRange.of(weights.cpu().numpy())
    q: torch.Tensor = weights.mul(r.factor).round().clamp(-128, 127)
    return q, r.factor

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return SymmetricRange.of(pixels).factor

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor: float = SymmetricRange.of(activations).factor
    for n in (n_w, n_initial_input, *(n for pair in ns for n in pair)):
        factor /= n
    return factor
