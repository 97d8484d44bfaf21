# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    # images are in [-1, 1]
    return 255 / (1 - (-1))
