# %% after:imports mount
!nvidia-smi -L
!pip install -q torchinfo
from google.colab import drive
drive.mount('/content/drive')

# %% plot_weights
%matplotlib inline
import matplotlib.pyplot as plt

layers = {'conv1': net.conv1, 'conv2': net.conv2, 'fc1': net.fc1, 'fc2': net.fc2, 'fc3': net.fc3}
fig, axes = plt.subplots(1, 5, figsize=(15, 2.6))
for ax, (name, layer) in zip(axes, layers.items()):
    w = layer.weight.data.cpu().flatten()
    ax.hist(w.numpy(), bins=40)
    ax.set_title(name)
    mu, sigma = w.mean(), w.std()
    print(f'{name}: {w.min():.4f} ~ {w.max():.4f}, mean {mu:.4f}, std {sigma:.4f}, '
          f'3-sigma {mu - 3 * sigma:.4f} ~ {mu + 3 * sigma:.4f}')
plt.show()

# %% plot_activations
layers = {'input': net_q3.input_activations, 'conv1': net_q3.conv1.activations,
          'conv2': net_q3.conv2.activations, 'fc1': net_q3.fc1.activations,
          'fc2': net_q3.fc2.activations, 'fc3': net_q3.fc3.activations}
fig, axes = plt.subplots(1, 6, figsize=(18, 2.6))
for ax, (name, a) in zip(axes, layers.items()):
    ax.hist(a, bins=40)
    ax.set_title(name)
    mu, sigma = a.mean(), a.std()
    print(f'{name}: {a.min():.4f} ~ {a.max():.4f}, mean {mu:.4f}, std {sigma:.4f}, '
          f'3-sigma {mu - 3 * sigma:.4f} ~ {mu + 3 * sigma:.4f}')
plt.show()

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.abs().max().item()
    result = (weights * scale).round()
    return torch.clamp(result, min=-128, max=127), scale

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 127 / np.max(np.abs(pixels))

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations: np.ndarray, n_w: float, n_initial_input: float,
                         ns: List[Tuple[float, float]]) -> float:
    factor = n_w * n_initial_input
    for weight_scale, output_scale in ns:
        factor = factor * weight_scale * output_scale
    return 127 / (np.max(np.abs(activations)) * factor)

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = torch.clamp((x * self.input_scale).round(), min=-128, max=127)
    x = self.pool(F.relu(self.conv1(x)))
    x = torch.clamp((x * self.conv1.output_scale).round(), min=-128, max=127)
    x = self.pool(F.relu(self.conv2(x)))
    x = torch.clamp((x * self.conv2.output_scale).round(), min=-128, max=127)
    x = x.view(-1, 16 * 5 * 5)
    x = F.relu(self.fc1(x))
    x = torch.clamp((x * self.fc1.output_scale).round(), min=-128, max=127)
    x = F.relu(self.fc2(x))
    x = torch.clamp((x * self.fc2.output_scale).round(), min=-128, max=127)
    x = self.fc3(x)
    x = torch.clamp((x * self.fc3.output_scale).round(), min=-128, max=127)
    return x

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias: torch.Tensor, n_w: float, n_initial_input: float,
                   ns: List[Tuple[float, float]]) -> torch.Tensor:
    factor = n_w * n_initial_input
    for weight_scale, output_scale in ns:
        factor = factor * weight_scale * output_scale
    return torch.clamp((bias * factor).round(), min=-2147483648, max=2147483647)
