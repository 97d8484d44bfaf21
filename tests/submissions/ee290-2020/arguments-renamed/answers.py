# %% quantized_weights
def quantized_weights(w):
    s = 127 / w.abs().max().item()
    return (w * s).round().clamp(-128, 127), s

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(x):
    return 127 / np.abs(x).max()

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(a, sw, si, prev):
    k = sw * si
    for p in prev:
        k *= p[0] * p[1]
    return 127 / (np.abs(a).max() * k)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(b, sw, si, prev):
    k = sw * si
    for p in prev:
        k *= p[0] * p[1]
    return (b * k).round()
