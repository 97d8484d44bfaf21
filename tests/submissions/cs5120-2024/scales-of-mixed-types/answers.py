# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = weights.abs().max() / 127
    return (weights / s_w).round().clamp(-128, 127), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 127 / max(abs(v) for v in pixels.tolist())

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = torch.tensor(np.abs(np.asarray(activations)).max() / 127)
    entering = s_o_prev[-1].item() if s_o_prev else 1 / s_initial_input
    return np.float64(s_w.item() * entering / s_o.item()), s_o
