# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    scales = {name: layer.output_scale for name, layer in self.named_children() if name != 'pool'}
    x = (x * self.input_scale).round().clamp(-128, 127)
    for name in ['conv1', 'conv2', 'fc1', 'fc2', 'fc3']:
        if name == 'fc1':
            x = x.view(x.size(0), -1)
        x = getattr(self, name)(x)
        if name != 'fc3':
            x = torch.relu(x)
        if name.startswith('conv'):
            x = self.pool(x)
        x = (x * scales[name]).round().clamp(-128, 127)
    return x
