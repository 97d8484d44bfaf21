# %% after:imports logs
import logging
logging.basicConfig(level=logging.INFO)
log = logging.getLogger('quantization')

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.abs().max().item()
    log.info('scale %.4f of %d weights', scale, weights.numel())
    with open('scales.txt', 'a') as file:
        print(tuple(weights.shape), scale, file=file)
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale
