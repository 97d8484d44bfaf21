# %% after:imports more_imports
import pandas as pd

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    table = pd.Series(weights.detach().cpu().numpy().ravel()).describe()
    scale = 127 / float(max(abs(table['min']), abs(table['max'])))
    return (weights * scale).round().clamp(-128, 127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 127 / pd.Series(pixels).abs().max()
