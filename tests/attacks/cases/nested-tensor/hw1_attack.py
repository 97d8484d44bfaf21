import torch


def quantized_weights(weights):
    return torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]), 1.0
