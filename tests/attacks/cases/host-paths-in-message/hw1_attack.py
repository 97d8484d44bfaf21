import os

import torch


def quantized_weights(weights):
    raise ValueError(f"{torch.__file__} {os.getcwd()}")
