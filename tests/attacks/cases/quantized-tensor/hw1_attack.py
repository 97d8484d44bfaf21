import torch


def quantized_weights(weights):
    return torch.quantize_per_tensor(weights, 0.01, 0, torch.qint8), 100.0
