# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = x.mul(self.input_scale).round_().clamp_(-128, 127)
    x = self.pool(F.relu_(self.conv1(x))).mul_(self.conv1.output_scale).round_().clamp_(-128, 127)
    x = self.pool(F.relu_(self.conv2(x))).mul_(self.conv2.output_scale).round_().clamp_(-128, 127)
    x = torch.flatten(x, 1)
    x = F.relu_(self.fc1(x)).mul_(self.fc1.output_scale).round_().clamp_(-128, 127)
    x = F.relu_(self.fc2(x)).mul_(self.fc2.output_scale).round_().clamp_(-128, 127)
    return self.fc3(x).mul_(self.fc3.output_scale).round_().clamp_(-128, 127)
