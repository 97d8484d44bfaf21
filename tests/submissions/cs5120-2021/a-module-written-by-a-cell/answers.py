# %% after:imports module
%%writefile quant_help.py
import numpy as np

HIGH = 127

def largest(values):
    return float(np.max(np.abs(values)))

def scale_of(values, factor=1.0):
    return HIGH / (largest(values) * factor)

# %% after:module imported
import quant_help as qh

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return qh.scale_of(pixels)

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    for weight_scale, output_scale in ns:
        factor = factor * weight_scale * output_scale
    return qh.scale_of(activations, factor)
