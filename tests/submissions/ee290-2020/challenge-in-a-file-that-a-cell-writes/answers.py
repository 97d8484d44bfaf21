# %% after:run_bias more_file
%%writefile shifts.py
import math
from copy import deepcopy

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

def power(largest):
    return 2.0 ** round(math.log2(127 / largest))

def quantized_weights(weights):
    scale = power(weights.abs().max().item())
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale

class NetQuantized(nn.Module):
    def __init__(self, net_with_weights_quantized: nn.Module):
        super().__init__()
        given = net_with_weights_quantized
        for name, layer in deepcopy(given).named_children():
            setattr(self, name, layer)
            if hasattr(getattr(given, name), 'weight'):
                layer.weight.scale = getattr(given, name).weight.scale
        pixels = net_with_weights_quantized.input_activations
        self.input_scale = power(np.abs(pixels).max())
        a = self.input_scale
        for layer in [self.conv1, self.conv2, self.fc1, self.fc2, self.fc3]:
            a = a * layer.weight.scale
            layer.output_scale = power(np.abs(layer.activations).max() * a)
            a = a * layer.output_scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        def fit(values, scale):
            return torch.clamp((values * scale).round(), min=-128, max=127)
        x = fit(x, self.input_scale)
        x = fit(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
        x = fit(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale)
        x = x.view(-1, 400)
        x = fit(F.relu(self.fc1(x)), self.fc1.output_scale)
        x = fit(F.relu(self.fc2(x)), self.fc2.output_scale)
        return fit(self.fc3(x), self.fc3.output_scale)

# %% after:more_file run_more
from shifts import *
net_p2 = copy_model(net)
quantize_layer_weights(net_p2)
