import multiprocessing


def quantized_weights(weights):
    return multiprocessing.Pool(2).map(abs, [1]), 1.0
