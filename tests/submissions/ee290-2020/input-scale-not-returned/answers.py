# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    scale = 127 / np.abs(pixels).max()
    print('input scale', scale)
