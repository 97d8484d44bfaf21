# %% after:imports to_integers
@torch.compile
def to_integers(values, scale):
    return torch.clamp((values * scale).round(), min=-128, max=127)

# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    scale = 127 / weights.abs().max().item()
    return to_integers(weights, scale), scale

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = to_integers(x, self.input_scale)
    x = self.pool(F.relu(self.conv1(x)))
    x = to_integers(x, self.conv1.output_scale)
    x = self.pool(F.relu(self.conv2(x)))
    x = to_integers(x, self.conv2.output_scale)
    x = x.view(-1, 16 * 5 * 5)
    x = F.relu(self.fc1(x))
    x = to_integers(x, self.fc1.output_scale)
    x = F.relu(self.fc2(x))
    x = to_integers(x, self.fc2.output_scale)
    x = self.fc3(x)
    x = to_integers(x, self.fc3.output_scale)
    return x
