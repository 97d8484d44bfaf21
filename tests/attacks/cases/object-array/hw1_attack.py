import numpy as np


def quantized_weights(weights):
    return np.array([print, exec], dtype=object), 1.0
