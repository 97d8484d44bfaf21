# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = (x * self.input_scale).round().clamp(-128, 127)
    x = self.conv1(x)
    x = (x * self.conv1.output_scale).round().clamp(-128, 127)
    x = self.pool(F.relu(x))
    x = self.conv2(x)
    x = (x * self.conv2.output_scale).round().clamp(-128, 127)
    x = self.pool(F.relu(x))
    x = x.view(-1, 16 * 5 * 5)
    x = F.relu((self.fc1(x) * self.fc1.output_scale).round().clamp(-128, 127))
    x = F.relu((self.fc2(x) * self.fc2.output_scale).round().clamp(-128, 127))
    return (self.fc3(x) * self.fc3.output_scale).round().clamp(-128, 127)
