# %% title [markdown]
# # $title
# **Student ID: 108062999**
#
# LeNet on CIFAR-10. The network is trained in float32, then its weights, activations and bias
# are quantized to integers. All scales here are factors that values are *multiplied* by.

# %% device

# %% imports
from copy import deepcopy
from typing import List, Tuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import torchvision
import torchvision.transforms as transforms
from torch.utils.data import DataLoader

device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')

# %% about_data

# %% about_net [markdown]
# ## Network and training
# | layer | type | in | out | activation |
# |---|---|---|---|---|
# | conv1 | convolution 5x5 | 3x32x32 | 6x28x28 | ReLU |
# | pool | max 2x2 | 6x28x28 | 6x14x14 | - |
# | conv2 | convolution 5x5 | 6x14x14 | 16x10x10 | ReLU |
# | pool | max 2x2 | 16x10x10 | 16x5x5 | - |
# | fc1 | fully connected | 400 | 120 | ReLU |
# | fc2 | fully connected | 120 | 84 | ReLU |
# | fc3 | fully connected | 84 | 10 | - |

# %% run_net

# %% Net
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, kernel_size=5, bias=False)
        self.pool = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5, bias=False)
        self.fc1 = nn.Linear(400, 120, bias=False)
        self.fc2 = nn.Linear(120, 84, bias=False)
        self.fc3 = nn.Linear(84, 10, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.pool(self.conv1(x).relu())
        features = self.pool(self.conv2(features).relu()).flatten(1)
        hidden = self.fc2(self.fc1(features).relu()).relu()
        return self.fc3(hidden)

net = Net().to(device)

# %% about_training

# %% after:plot_weights discuss_weights [markdown]
# All five layers look like bell curves around 0. In fc1 the outermost weights lie far outside
# the 3-sigma range (0.30 against 0.13), in conv1 and fc3 the two are close. I take the whole
# range: nothing clips, and the accuracy below shows that the precision is still good enough.

# %% run_q2

# %% run_weights
net_q2 = copy_model(net)
quantize_layer_weights(net_q2)
print(f'Accuracy of the network after quantizing all weights: {test(net_q2, testloader)}%')

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    '''
    Turn float weights into integers of 8 bits, kept in a float tensor.

    Returns the integers, and the factor by which the weights were multiplied.
    '''
    bound = torch.max(torch.abs(weights)).item()
    scale = 127 / bound
    result = torch.round(weights * scale)
    return torch.clamp(result, min=-128, max=127), scale

# %% after:run_weights discuss_q_weights [markdown]
# Before: 51.32 %, after: 51.42 %. There is no loss.

# %% after:plot_activations discuss_activations [markdown]
# The input spreads over all of [-1, 1]. After ReLU most values are 0 and the tail is long, so
# the 3-sigma range reaches below 0, where nothing is, and cuts the tail off. I use the largest
# magnitude again.

# %% about_activations [markdown]
# ## $activations
# With $$n_I$$, $$n_W$$, $$n_O$$ for input, weights and outputs:
#
# $$$$n_{W1} W_1 * n_I I = n_{W1} n_I O_1, \qquad n_{W2} W_2 * (n_{O1} n_{W1} n_I O_1) = n_{W2} n_{O1} n_{W1} n_I O_2$$$$
#
# Every layer inherits all factors before it. `quantize_activations` multiplies them up and picks
# $$n_O$$ so that the largest output lands on 127.

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    '''
    Return the factor by which one layer's outputs are multiplied.

    n_w belongs to this layer's weights, n_initial_input to the images; ns lists
    (weight factor, output factor) of all layers before this one.
    '''
    bound = np.max(np.abs(activations))
    inherited = n_w * n_initial_input
    for n_weight, n_output in ns:
        inherited *= n_weight * n_output
    return 127 / (bound * inherited)

# %% after:run_activations discuss_q_activations [markdown]
# 51.64 %, again no loss: what rounding destroys is smaller than the noise of the test set.

# %% about_bias [markdown]
# ## $bias
# The bias is added to the accumulator, so it needs the factor that the accumulator carries:
# $$n_W \prod n_{Wj} n_{Oj}$$.

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    '''
    Turn the float bias of fc3 into integers of 32 bits, kept in a float tensor.
    '''
    scale = n_w
    for n_weight, n_output in ns:
        scale *= n_weight * n_output
    return torch.clamp(torch.round(bias * scale), min=-2147483648, max=2147483647)

# %% after:run_bias discuss_bias [markdown]
# Float 53.07 %, weights only 49.52 %, everything quantized 49.81 %. The weights alone lose 3 %
# because the bias no longer fits to them; with the quantized bias some of it comes back. The
# rest may be due to rounding.
