# %% after:imports next_power_of_two
def next_power_of_two(step):
    return 2.0 ** np.ceil(np.log2(step))

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = next_power_of_two(weights.abs().max().item() / 127)
    return (weights / s_w).round().clamp(-128, 127), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 1 / next_power_of_two(abs(pixels).max().item() / 127)

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    s_o = next_power_of_two(abs(activations).max().item() / 127)
    entering = s_o_prev[-1] if len(s_o_prev) > 0 else 1 / s_initial_input
    return s_w * entering / s_o, s_o
