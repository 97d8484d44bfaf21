import torch


def quantized_weights(weights):
    return torch.empty(10**15, device="meta"), 1.0
