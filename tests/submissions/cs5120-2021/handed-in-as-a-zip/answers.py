# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    lo, hi = pixels.min(), pixels.max()
    return 127.5 / max(-lo, hi)
