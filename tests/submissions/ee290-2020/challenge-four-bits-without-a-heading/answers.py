# %% after:run_bias fewer_weights
def seven_over(largest):
    return 7 / largest

def quantized_weights(weights):
    scale = seven_over(weights.abs().max().item())
    return torch.clamp((weights * scale).round(), min=-8, max=7), scale

# %% after:fewer_weights fewer_network
class NetQuantized(nn.Module):
    def __init__(self, net_with_weights_quantized: nn.Module):
        super().__init__()
        for name, layer in copy_model(net_with_weights_quantized).named_children():
            setattr(self, name, layer)
        pixels = net_with_weights_quantized.input_activations
        self.input_scale = seven_over(np.abs(pixels).max())
        a = self.input_scale
        for layer in [self.conv1, self.conv2, self.fc1, self.fc2, self.fc3]:
            a = a * layer.weight.scale
            layer.output_scale = seven_over(np.abs(layer.activations).max() * a)
            a = a * layer.output_scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        def fit(values, scale):
            return torch.clamp((values * scale).round(), min=-8, max=7)
        x = fit(x, self.input_scale)
        x = fit(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
        x = fit(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale)
        x = x.view(-1, 400)
        x = fit(F.relu(self.fc1(x)), self.fc1.output_scale)
        x = fit(F.relu(self.fc2(x)), self.fc2.output_scale)
        return fit(self.fc3(x), self.fc3.output_scale)
