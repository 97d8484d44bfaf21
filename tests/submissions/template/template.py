# %% title [markdown]
# # $title
# A small CNN is trained on CIFAR-10 in float32. Afterwards its weights, its activations and,
# at the end, its bias become integers. Switch the runtime to **GPU** first.

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

# %% device
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
print('running on', device)

# %% about_data [markdown]
# ## Data
# Pixels are normalised so that they lie between -1 and 1.

# %% run_data
to_normalised = transforms.Compose([transforms.ToTensor(),
                                    transforms.Normalize([0.5] * 3, [0.5] * 3)])
trainset = torchvision.datasets.CIFAR10('./data', train=True, download=True, transform=to_normalised)
testset = torchvision.datasets.CIFAR10('./data', train=False, download=True, transform=to_normalised)
trainloader = DataLoader(trainset, batch_size=4, shuffle=True, num_workers=2)
testloader = DataLoader(testset, batch_size=4, num_workers=2)

# %% about_net [markdown]
# ## The network
# Two convolutions and three fully-connected layers, none of them with a bias.

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

# %% run_net
net = Net().to(device)

# %% about_training [markdown]
# Two epochs of SGD. This takes a few minutes.

# %% train
def train(model: nn.Module, dataloader: DataLoader) -> None:
    sgd = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    loss_sum = 0.0
    for epoch in (1, 2):
        for step, (images, labels) in enumerate(dataloader, start=1):
            sgd.zero_grad()
            loss = F.cross_entropy(model(images.to(device)), labels.to(device))
            loss.backward()
            sgd.step()
            loss_sum += loss.item()
            if step % 2000 == 0:
                print(f'epoch {epoch}, batch {step:5d}: loss {loss_sum / 2000:.3f}')
                loss_sum = 0.0

# %% test
@torch.no_grad()
def test(model: nn.Module, dataloader: DataLoader, max_samples=None) -> float:
    hits = seen = 0
    for images, labels in dataloader:
        guesses = model(images.to(device)).argmax(dim=1)
        hits += int((guesses == labels.to(device)).sum())
        seen += len(labels)
        if max_samples is not None and seen > max_samples:
            break
    return 100 * hits / seen

# %% run_training
train(net, trainloader)

# %% run_test
print(f'Accuracy of the network in float32: {test(net, testloader)}%')

# %% copy_model
# deepcopy forgets the attributes that we hang on layers and weights, hence this function.
def copy_model(model: nn.Module) -> nn.Module:
    twin = deepcopy(model)
    if hasattr(model, 'input_activations'):
        twin.input_activations = deepcopy(model.input_activations)
    for old, new in zip(model.children(), twin.children()):
        for name in ('activations', 'output_scale'):
            if hasattr(old, name):
                setattr(new, name, deepcopy(getattr(old, name)))
        if hasattr(old, 'weight') and hasattr(old.weight, 'scale'):
            new.weight.scale = deepcopy(old.weight.scale)
    return twin

# %% about_weight_plots [markdown]
# ## $see_weights
# Histograms of the weights of all five layers, their range and their 3-sigma range.

# %% plot_weights
import matplotlib.pyplot as plt

conv1_weights = net.conv1.weight.data.cpu().flatten()
# your plots here

# %% about_weights [markdown]
# ## $weights

# %% run_q2
net_q2 = copy_model(net)

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    '''
    Turn float weights into integers of 8 bits, kept in a float tensor.

    Returns the integers, and the factor by which the weights were multiplied.
    '''
    # your code here
    scale = 2.5
    return torch.clamp((weights * scale).round(), min=-128, max=127), scale

# %% quantize_layer_weights
def quantize_layer_weights(model: nn.Module) -> None:
    for name, layer in model.named_children():
        if not isinstance(layer, (nn.Conv2d, nn.Linear)):
            continue
        integers, scale = quantized_weights(layer.weight.data)
        layer.weight.data = integers.to(device)
        layer.weight.scale = scale
        if integers.min() < -128 or integers.max() > 127:
            raise ValueError(f'{name}: a weight does not fit into 8 bits')
        if not torch.equal(integers, integers.round()):
            raise ValueError(f'{name}: a weight is no integer')

# %% run_weights
quantize_layer_weights(net_q2)
print(f'Accuracy of the network after quantizing all weights: {test(net_q2, testloader)}%')

# %% about_activation_plots [markdown]
# ## $see_activations
# Some training images run through the float network once more; everything that enters or
# leaves a layer is kept.

# %% register_activation_profiling_hooks
def register_activation_profiling_hooks(model: nn.Module) -> None:
    model.profile_activations = True
    chain = [model.conv1, model.conv2, model.fc1, model.fc2, model.fc3]
    model.input_activations = np.empty(0)
    for layer in chain:
        layer.activations = np.empty(0)

    def keep(owner, name, values):
        if model.profile_activations:
            seen = getattr(owner, name)
            setattr(owner, name, np.append(seen, values.cpu().flatten()))

    def first(layer, inputs, output):
        keep(model, 'input_activations', inputs[0])
    chain[0].register_forward_hook(first)

    for before, layer in zip(chain, chain[1:]):
        layer.register_forward_hook(
            lambda layer, inputs, output, before=before: keep(before, 'activations', inputs[0]))

    def last(layer, inputs, output):
        keep(layer, 'activations', output[0])
    chain[-1].register_forward_hook(last)

# %% run_q3
net_q3 = copy_model(net)
register_activation_profiling_hooks(net_q3)
test(net_q3, trainloader, max_samples=400)
net_q3.profile_activations = False

# %% plot_activations
# your plots here: net_q3.input_activations, net_q3.conv1.activations, ...

# %% about_activations [markdown]
# ## $activations

# %% NetQuantized
class NetQuantized(nn.Module):
    def __init__(self, net_with_weights_quantized: nn.Module):
        super().__init__()
        for name, layer in copy_model(net_with_weights_quantized).named_children():
            setattr(self, name, layer)

        def must_be_8_bits(layer, inputs):
            if inputs[0].min() < -128 or inputs[0].max() > 127:
                raise ValueError(f'{layer}: an input does not fit into 8 bits')
            if not torch.equal(inputs[0], inputs[0].round()):
                raise ValueError(f'{layer}: an input is no integer')

        layers = [self.conv1, self.conv2, self.fc1, self.fc2, self.fc3]
        for layer in layers:
            layer.register_forward_pre_hook(must_be_8_bits)

        self.input_activations = net_with_weights_quantized.input_activations
        self.input_scale = NetQuantized.quantize_initial_input(self.input_activations)
        ns = []
        for layer in layers:
            layer.output_scale = NetQuantized.quantize_activations(
                layer.activations, layer.weight.scale, self.input_scale, ns)
            ns.append((layer.weight.scale, layer.output_scale))

    @staticmethod
    def quantize_initial_input(pixels: np.ndarray) -> float:
        '''
        Return the factor by which the images are multiplied before they enter conv1.
        '''
        # your code here
        return 1.0

    @staticmethod
    def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                             ns: List[Tuple[float, float]]) -> float:
        '''
        Return the factor by which one layer's outputs are multiplied.

        n_w belongs to this layer's weights, n_initial_input to the images; ns lists
        (weight factor, output factor) of all layers before this one.
        '''
        # your code here
        return 1.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # your code here: scale, round and clamp the images and what every layer puts out
        return torch.tensor([[0.1 * digit for digit in range(10)]] * 4)

# %% run_activations
net_init = copy_model(net_q2)
net_init.input_activations = deepcopy(net_q3.input_activations)
for mine, profiled in zip(net_init.children(), net_q3.children()):
    if hasattr(profiled, 'activations'):
        mine.activations = deepcopy(profiled.activations)

net_quantized = NetQuantized(net_init)
print('Accuracy of the network after quantizing weights and activations: '
      f'{test(net_quantized, testloader)}%')

# %% about_bias [markdown]
# ## $bias

# %% NetWithBias
class NetWithBias(Net):
    def __init__(self):
        super().__init__()
        self.fc3 = nn.Linear(84, 10, bias=True)

# %% run_bias_training
net_with_bias = NetWithBias().to(device)
train(net_with_bias, trainloader)
print(f'Accuracy of the network with a bias, in float32: {test(net_with_bias, testloader)}%')

# %% run_bias_weights
register_activation_profiling_hooks(net_with_bias)
test(net_with_bias, trainloader, max_samples=400)
net_with_bias.profile_activations = False

net_with_bias_and_quantized_weights = copy_model(net_with_bias)
quantize_layer_weights(net_with_bias_and_quantized_weights)
print('Accuracy of the network with a bias, only its weights quantized: '
      f'{test(net_with_bias_and_quantized_weights, testloader)}%')

# %% NetQuantizedWithBias
class NetQuantizedWithBias(NetQuantized):
    def __init__(self, net_with_weights_quantized: nn.Module):
        super().__init__(net_with_weights_quantized)
        before_fc3 = [self.conv1, self.conv2, self.fc1, self.fc2]
        preceding_scales = [(layer.weight.scale, layer.output_scale) for layer in before_fc3]
        self.fc3.bias.data = NetQuantizedWithBias.quantized_bias(
            self.fc3.bias.data, self.fc3.weight.scale, self.input_scale, preceding_scales)
        bias = self.fc3.bias.data
        if bias.min() < -2 ** 31 or bias.max() >= 2 ** 31:
            raise ValueError('the bias does not fit into 32 bits')
        if not torch.equal(bias, bias.round()):
            raise ValueError('the bias has values that are no integers')

    @staticmethod
    def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                       ns: List[Tuple[float, float]]) -> torch.Tensor:
        '''
        Turn the float bias of fc3 into integers of 32 bits, kept in a float tensor.

        n_w, n_initial_input and ns as in quantize_activations; fc3 itself is not in ns.
        '''
        # your code here
        return torch.clamp((bias * 1.0).round(), min=-2147483648, max=2147483647)

# %% run_bias
net_quantized_with_bias = NetQuantizedWithBias(net_with_bias_and_quantized_weights)
print('Accuracy of the network with a bias, weights, activations and bias quantized: '
      f'{test(net_quantized_with_bias, testloader)}%')
