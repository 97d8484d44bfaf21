# %% title [markdown]
# # $title
# LeNet-5 learns the digits of MNIST in float32. Afterwards its weights, its activations and, at
# the end, its bias become integers, as hardware has them. Switch the runtime to **GPU** first.

# %% notebook_imports
import json
from collections import OrderedDict

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn as nn
import torchvision
import torchvision.transforms as transforms
from torch.utils.data import DataLoader

# %% module
from quantutils import *

# %% device
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
print('running on', device)

# %% run_data
to_normalised = transforms.Compose([transforms.Resize((32, 32)), transforms.ToTensor(),
                                    transforms.Normalize((0.5,), (0.5,))])
trainset = torchvision.datasets.MNIST('./data', train=True, download=True, transform=to_normalised)
testset = torchvision.datasets.MNIST('./data', train=False, download=True, transform=to_normalised)
trainloader = DataLoader(trainset, batch_size=64, shuffle=True)
testloader = DataLoader(testset, batch_size=64)

# %% about_net [markdown]
# ## The network
# LeNet-5, with ReLU and max pooling, and without biases. Each layer is a block of its own.

# %% Net
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(1, 6, 5, bias=False), relu=nn.ReLU()))
        self.maxpool2 = nn.Sequential(OrderedDict(pool=nn.MaxPool2d(2)))
        self.conv3 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(6, 16, 5, bias=False), relu=nn.ReLU()))
        self.maxpool4 = nn.Sequential(OrderedDict(pool=nn.MaxPool2d(2)))
        self.conv5 = nn.Sequential(OrderedDict(
            conv=nn.Conv2d(16, 120, 5, bias=False), relu=nn.ReLU()))
        self.fc6 = nn.Sequential(OrderedDict(
            fc=nn.Linear(120, 84, bias=False), relu=nn.ReLU()))
        self.output = nn.Sequential(OrderedDict(fc=nn.Linear(84, 10, bias=False)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool2(self.conv1(x))
        x = self.maxpool4(self.conv3(x))
        return self.output(self.fc6(self.conv5(x).flatten(1)))

# %% run_net
net = Net().to(device)

# %% train
def train(model: nn.Module, dataloader: DataLoader, epochs: int = 2) -> None:
    adam = torch.optim.Adam(model.parameters(), lr=0.001)
    for epoch in range(epochs):
        for images, labels in dataloader:
            adam.zero_grad()
            loss = nn.functional.cross_entropy(model(images.to(device)), labels.to(device))
            loss.backward()
            adam.step()
        print(f'epoch {epoch + 1}: loss {loss.item():.3f}')

# %% test
@torch.no_grad()
def test(model: nn.Module, dataloader: DataLoader) -> float:
    hits = seen = 0
    for images, labels in dataloader:
        guesses = model(images.to(device)).argmax(dim=1)
        hits += int((guesses == labels.to(device)).sum())
        seen += len(labels)
    return 100 * hits / seen

# %% run_training
train(net, trainloader)
print(f'Accuracy of the network in float32: {test(net, testloader)}%')

# %% about_weight_plots [markdown]
# ## $see_weights

# %% plot_weights
for name in ('conv1', 'conv3', 'conv5', 'fc6', 'output'):
    w = getattr(net, name)[0].weight.data.cpu().flatten()
    plt.hist(w.numpy(), bins=40)
    plt.title(name)
    plt.show()

# %% about_weights [markdown]
# ## $weights

# %% quantize_layer_weights
def quantize_layer_weights(model: nn.Module) -> None:
    for name, block in model.named_children():
        if not hasattr(block[0], 'weight'):
            continue
        integers, scale = quantized_weights(block[0].weight.data)
        block[0].weight.data = integers
        block[0].weight.scale = scale
        if (integers < -128).any() or (integers > 127).any():
            raise ValueError(f'{name}: a weight does not fit into 8 bits')
        if not torch.equal(integers, integers.round()):
            raise ValueError(f'{name}: a weight is no integer')

# %% run_weights
net_q2 = copy_model(net)
quantize_layer_weights(net_q2)
print(f'Accuracy of the network after quantizing all weights: {test(net_q2, testloader)}%')

# %% about_activation_plots [markdown]
# ## $see_activations
# One training image runs through the float network; what enters it and what leaves each layer is
# kept.

# %% keep_activations
def keep_activations(model: nn.Module, image: torch.Tensor) -> None:
    def keep(block, inputs, output):
        block.inAct = inputs[0].detach().cpu().flatten()
        block.outAct = output.detach().cpu().flatten()

    hooks = [block.register_forward_hook(keep) for block in model.children()]
    model(image)
    for hook in hooks:
        hook.remove()

# %% run_activation_profile
keep_activations(net, trainset[0][0][None].to(device))

# %% plot_activations
for name in ('conv1', 'conv3', 'conv5', 'fc6', 'output'):
    plt.hist(getattr(net, name).outAct.numpy(), bins=40)
    plt.title(name)
    plt.show()

# %% about_activations [markdown]
# ## $activations

# %% run_activations
net_init = copy_model(net)
quantize_layer_weights(net_init)
net_quantized = NetQuantized(net_init)
print('Accuracy of the network after quantizing weights and activations: '
      f'{test(net_quantized, testloader)}%')

# %% about_bias [markdown]
# ## $bias

# %% NetWithBias
class NetWithBias(Net):
    def __init__(self):
        super().__init__()
        self.output = nn.Sequential(OrderedDict(fc=nn.Linear(84, 10, bias=True)))

# %% run_bias
net_with_bias = NetWithBias().to(device)
train(net_with_bias, trainloader)
keep_activations(net_with_bias, trainset[0][0][None].to(device))
quantize_layer_weights(net_with_bias)
net_quantized_with_bias = NetQuantizedWithBias(net_with_bias)
print('Accuracy of the network with a bias, all of it quantized: '
      f'{test(net_quantized_with_bias, testloader)}%')

# %% run_scales
print(net_quantized.input_scale, [block.output_scale for block in net_quantized.children()
                                  if hasattr(block, 'output_scale')])

# %% about_qat [markdown]
# ## $qat
