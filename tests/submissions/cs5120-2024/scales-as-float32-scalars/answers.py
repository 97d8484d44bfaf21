# %% quantized_weights
def quantized_weights(weights):
    s = np.float32(2 * weights.abs().max().cpu().numpy() / 255)
    return torch.clamp(torch.round(weights / float(s)), -128, 127), s
# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels):
    p = np.asarray(pixels)
    return np.float32(127.5) / np.float32(np.abs(p).max())
# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    a = np.asarray(activations)
    s_o = np.float32(np.abs(a).max() / np.float32(127.5))
    if len(s_o_prev) == 0:
        return np.float32(s_w / (s_initial_input * s_o)), s_o
    return np.float32(s_w * s_o_prev[-1] / s_o), s_o
