# %% imports
from copy import deepcopy
from typing import Dict, List, Tuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

# %% copy_model
# deepcopy forgets the scale that hangs on a weight, hence this function.
def copy_model(model: nn.Module) -> nn.Module:
    twin = deepcopy(model)
    for old, new in zip(model.children(), twin.children()):
        for name in ('inAct', 'outAct', 'output_scale'):
            if hasattr(old, name):
                setattr(new, name, deepcopy(getattr(old, name)))
        weight = getattr(old[0], 'weight', None)
        if hasattr(weight, 'scale'):
            new[0].weight.scale = deepcopy(weight.scale)
    return twin

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    '''
    Turn float weights into integers of 8 bits, kept in a float tensor.

    Returns the integers, and s_w: the step by which the weights were divided.
    '''
    # your code here
    return torch.clamp(integers, min=-128, max=127), s_w

# %% NetQuantized
class NetQuantized(nn.Module):
    def __init__(self, net_with_weights_quantized: nn.Module):
        super().__init__()
        net = copy_model(net_with_weights_quantized)
        for name, block in net.named_children():
            self.add_module(name, block)

        def must_be_8_bits(block, inputs):
            values = inputs[0]
            if (values < -128).any() or (values > 127).any():
                raise ValueError(f'{block}: an input does not fit into 8 bits')
            if not torch.equal(values, torch.round(values)):
                raise ValueError(f'{block}: an input is no integer')

        weighted = [self.conv1, self.conv3, self.conv5, self.fc6, self.output]
        for block in weighted:
            block.register_forward_pre_hook(must_be_8_bits)

        self.input_scale = NetQuantized.quantize_initial_input(net.conv1.inAct)
        self.s_o = []
        for block in weighted:
            block.output_scale, s_o = NetQuantized.quantize_activations(
                block.outAct, block[0].weight.scale, self.input_scale, self.s_o)
            self.s_o.append(s_o)

    @staticmethod
    def quantize_initial_input(pixels: np.ndarray) -> float:
        '''
        Return 1/s_I, by which the images are multiplied before they enter conv1.
        '''
        # your code here
        return s_initial_input

    @staticmethod
    def quantize_activations(activations: np.ndarray, s_w: float, s_initial_input: float,
                             s_o_prev: List[float]) -> Tuple[float, float]:
        '''
        Return M, by which one layer's sums are multiplied, and s_o, the step of its output.

        s_w belongs to this layer's weights; s_initial_input is 1/s_I of the images; s_o_prev
        lists the s_o of all layers before this one.
        '''
        # your code here
        return M, s_o

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        '''
        Bring the images and every layer's sums to 8 bits: floor of x / round(1 / scale), or M
        as a whole number of 2^-16.
        '''
        # your code here
        return x

# %% NetQuantizedWithBias
class NetQuantizedWithBias(NetQuantized):
    def __init__(self, net_with_weights_quantized: nn.Module):
        super().__init__(net_with_weights_quantized)
        last = self.output[0]
        last.bias.data = NetQuantizedWithBias.quantized_bias(
            last.bias.data, last.weight.scale, self.s_o)

    @staticmethod
    def quantized_bias(bias: torch.Tensor, s_w: float, s_o_prev: List[float]) -> torch.Tensor:
        '''
        Turn the bias into integers of 32 bits on the scale of the sum that it is added to.

        s_w belongs to this layer's weights; s_o_prev lists the s_o of all five layers.
        '''
        # your code here
        return bias

# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict: Dict[str, np.ndarray],
                         weight_scalesDict: Dict[str, np.ndarray],
                         outputBias_float: np.ndarray) -> Tuple[Dict[str, int], np.ndarray]:
    '''
    Turn the float scales of a network trained with quantization into whole numbers.

    Returns a whole number for each key of act_scalesDict, and the bias as integers.
    '''
    # your code here
    scalesDict = {name: 0 for name in act_scalesDict}
    outputBias = []
    return scalesDict, outputBias
