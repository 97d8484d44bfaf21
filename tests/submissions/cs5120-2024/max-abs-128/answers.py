# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = (weights.abs().max() / 128).item()
    return torch.clamp((weights / s_w).round(), min=-128, max=127), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 128 / float(np.max(np.abs(np.array(pixels))))

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = float(np.max(np.abs(np.array(activations)))) / 128
    scale = s_w / s_o
    scale *= 1 / s_initial_input if s_o_prev == [] else s_o_prev[-1]
    return scale, s_o
