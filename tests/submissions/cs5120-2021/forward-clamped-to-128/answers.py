# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = torch.clamp((x * self.input_scale).round(), min=-127, max=128)
    x = self.pool(F.relu(self.conv1(x)))
    x = torch.clamp((x * self.conv1.output_scale).round(), min=-127, max=128)
    x = self.pool(F.relu(self.conv2(x)))
    x = torch.clamp((x * self.conv2.output_scale).round(), min=-127, max=128)
    x = x.view(-1, 16 * 5 * 5)
    x = F.relu(self.fc1(x))
    x = torch.clamp((x * self.fc1.output_scale).round(), min=-127, max=128)
    x = F.relu(self.fc2(x))
    x = torch.clamp((x * self.fc2.output_scale).round(), min=-127, max=128)
    x = self.fc3(x)
    x = torch.clamp((x * self.fc3.output_scale).round(), min=-127, max=128)
    return x
