# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    q = lambda t, n: (t * n).round().clamp(-127, 127)
    x = q(x, self.input_scale)
    x = q(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
    x = q(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale)
    x = x.view(-1, 16 * 5 * 5)
    x = q(F.relu(self.fc1(x)), self.fc1.output_scale)
    x = q(F.relu(self.fc2(x)), self.fc2.output_scale)
    return q(self.fc3(x), self.fc3.output_scale)
