# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 1 / 127
