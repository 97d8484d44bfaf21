# %% after:imports decorator
def method_of(owner):
    def add(function):
        setattr(owner, function.__name__, function)
        return function
    return add

# %% NetQuantized.forward

# %% after:NetQuantized added_forward
@method_of(NetQuantized)
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def quantized(values, scale):
        return (values * scale).round().clamp(-128, 127)

    x = quantized(x, self.input_scale)
    x = quantized(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
    x = quantized(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale)
    x = x.flatten(start_dim=1)
    for layer in (self.fc1, self.fc2):
        x = quantized(layer(x).relu(), layer.output_scale)
    return quantized(self.fc3(x), self.fc3.output_scale)
