# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    scale = 127 / np.abs(pixels).max()
    return np.clip(np.round(pixels * scale), -128, 127)
