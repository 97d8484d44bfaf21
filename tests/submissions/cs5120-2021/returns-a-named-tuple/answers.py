# %% after:imports result
from collections import namedtuple
Quantized = namedtuple('Quantized', ['tensor', 'scale'])

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / torch.max(torch.abs(weights)).item()
    return Quantized(tensor=torch.clamp(torch.round(weights * scale), -128, 127), scale=scale)
