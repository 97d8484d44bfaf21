# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = torch.clamp((x * self.input_scale).round(), min=-128, max=127)
    x = torch.clamp((self.pool(F.relu(self.conv1(x))) * self.conv1.output_scale).round(), min=-128, max=127)
    x = torch.clamp((self.pool(F.relu(self.conv2(x))) * self.conv2.output_scale).round(), min=-128, max=127)
    x = x.view(4, 400)
    x = torch.clamp((F.relu(self.fc1(x)) * self.fc1.output_scale).round(), min=-128, max=127)
    x = torch.clamp((F.relu(self.fc2(x)) * self.fc2.output_scale).round(), min=-128, max=127)
    return torch.clamp((self.fc3(x) * self.fc3.output_scale).round(), min=-128, max=127)
