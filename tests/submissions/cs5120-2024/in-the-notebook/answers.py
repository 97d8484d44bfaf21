# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    s_I = 2 * torch.abs(torch.tensor(pixels)).max() / 255
    return (1 / s_I).item()
