# %% NetQuantized.__init__
def __init__(self, net_with_weights_quantized: nn.Module):
    super().__init__()
    base = copy_model(net_with_weights_quantized)
    self.conv1, self.pool, self.conv2 = base.conv1, base.pool, base.conv2
    self.fc1, self.fc2, self.fc3 = base.fc1, base.fc2, base.fc3
    self.input_activations = net_with_weights_quantized.input_activations
    self.input_scale = self.quantize_initial_input(self.input_activations)
    self.scales = {'input': self.input_scale}
    done = []
    for name in ('conv1', 'conv2', 'fc1', 'fc2', 'fc3'):
        layer = getattr(self, name)
        n = self.quantize_activations(layer.activations, layer.weight.scale, self.input_scale, done)
        self.scales[name] = layer.output_scale = n
        done = done + [(layer.weight.scale, n)]

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    s = self.scales
    x = (x * s['input']).round().clamp(-128, 127)
    x = (self.pool(F.relu(self.conv1(x))) * s['conv1']).round().clamp(-128, 127)
    x = (self.pool(F.relu(self.conv2(x))) * s['conv2']).round().clamp(-128, 127)
    x = x.view(-1, 400)
    x = (F.relu(self.fc1(x)) * s['fc1']).round().clamp(-128, 127)
    x = (F.relu(self.fc2(x)) * s['fc2']).round().clamp(-128, 127)
    return (self.fc3(x) * s['fc3']).round().clamp(-128, 127)
