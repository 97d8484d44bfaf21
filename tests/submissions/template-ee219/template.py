# %% imports
from copy import deepcopy
from typing import List, Tuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

# %% copy_model
def copy_model(model: nn.Module) -> nn.Module:
    other = deepcopy(model)
    other.input_activations = deepcopy(getattr(model, 'input_activations', None))
    for mine, theirs in zip(other.modules(), model.modules()):
        for name in ('activations', 'output_scale'):
            if hasattr(theirs, name):
                setattr(mine, name, deepcopy(getattr(theirs, name)))
        if hasattr(theirs, 'weight') and hasattr(theirs.weight, 'scale'):
            mine.weight.scale = theirs.weight.scale
    return other

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    '''
    Multiply the weights so that they fill 8 bits; return the integers, in floats, and the scale.
    '''
    # your code here
    scale = 2.5
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale

# %% NetQuantized
class NetQuantized(nn.Module):
    def __init__(self, net_with_weights_quantized: nn.Module):
        super().__init__()
        net = copy_model(net_with_weights_quantized)
        self.conv1, self.pool, self.conv2 = net.conv1, net.pool, net.conv2
        self.fc1, self.fc2, self.fc3 = net.fc1, net.fc2, net.fc3
        self.input_activations = net.input_activations

        self.input_scale = self.quantize_initial_input(self.input_activations)
        ss = []
        for layer in (self.conv1, self.conv2, self.fc1, self.fc2, self.fc3):
            s_w = layer.weight.scale
            layer.output_scale = self.quantize_activations(
                layer.activations, s_w, self.input_scale, ss)
            ss.append((s_w, layer.output_scale))

    @staticmethod
    def quantize_initial_input(pixels: np.ndarray) -> float:
        '''
        Return the scale by which the images become integers.
        '''
        # your code here
        return 1.0

    @staticmethod
    def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                             ss: List[Tuple[float, float]]) -> float:
        '''
        Return the scale by which what one layer puts out becomes integers.

        ss has (scale of the weights, scale of the output) of all earlier layers.
        '''
        # your code here
        return 1.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # your code here
        return torch.tensor([[0.1 * digit for digit in range(10)]] * 4)

# %% NetQuantizedWithBias
class NetQuantizedWithBias(NetQuantized):
    def __init__(self, net_with_weights_quantized: nn.Module):
        super().__init__(net_with_weights_quantized)
        ss = [(layer.weight.scale, layer.output_scale)
              for layer in (self.conv1, self.conv2, self.fc1, self.fc2)]
        self.fc3.bias.data = self.quantized_bias(
            self.fc3.bias.data, self.fc3.weight.scale, self.input_scale, ss)

    @staticmethod
    def quantized_bias(bias: torch.Tensor, s_w: float, s_initial_input: float,
                       ss: List[Tuple[float, float]]) -> torch.Tensor:
        '''
        Return the bias of fc3 as integers of 32 bits, in floats.
        '''
        # your code here
        return torch.clamp((bias * 1.0).round(), min=-2147483648, max=2147483647)
