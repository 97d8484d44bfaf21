# %% after:imports more_imports
import itertools
import operator
from functools import reduce
from math import prod

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = reduce(operator.mul, itertools.chain.from_iterable(ns), n_w * n_initial_input)
    return 127 / (max(activations.max(), -activations.min()) * factor)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w * n_initial_input * prod(w * o for w, o in ns)
    low, high = -2 ** 31, 2 ** 31 - 1
    return torch.tensor([min(max(round(b * factor), low), high) for b in bias.tolist()]).float()
