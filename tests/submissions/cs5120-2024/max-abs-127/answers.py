# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = weights.abs().max().item() / 127
    return torch.clamp((weights / s_w).round(), min=-128, max=127), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 127 / max(pixels.max().item(), -pixels.min().item())

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = max(activations.max().item(), -activations.min().item()) / 127
    entering = s_o_prev[-1] if s_o_prev else 1 / s_initial_input
    return s_w * entering / s_o, s_o
