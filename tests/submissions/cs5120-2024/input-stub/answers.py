# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    '''
    Return 1/s_I, by which the images are multiplied before they enter conv1.
    '''
    # your code here
    return s_initial_input
