# %% after:imports libraries
from scipy.stats import entropy
import pandas as pd

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    print(entropy(np.histogram(activations, bins=128)[0] + 1))
    factor = n_w * n_initial_input
    for w, o in ns:
        factor = factor * w * o
    return 127 / (pd.Series(np.abs(activations)).max() * factor)
