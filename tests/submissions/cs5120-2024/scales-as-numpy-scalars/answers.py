# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    s_w = 2 * np.abs(weights.cpu().numpy()).max() / np.float32(255)
    integers = (weights / s_w).round()
    return integers.clamp(-128, 127), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    values = np.asarray(pixels)
    return np.float32(127.5) / np.abs(values).max()

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                         s_o_prev: List[float]) -> Tuple[float, float]:
    values = np.asarray(activations, dtype=np.float64)
    s_o = np.abs(values).max() / 127.5
    before = 1 / s_initial_input if len(s_o_prev) == 0 else s_o_prev[-1].item()
    return np.float64(s_w * before / s_o), s_o
