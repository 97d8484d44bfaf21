# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def to_integers(values, scale):
        return torch.clamp(torch.round(values * scale), -128, 127)

    x = torch.clamp(torch.round(x / self.input_scale), -128, 127)
    x = self.pool(to_integers(F.relu(self.conv1(x)), self.conv1.output_scale))
    x = self.pool(to_integers(F.relu(self.conv2(x)), self.conv2.output_scale))
    x = to_integers(F.relu(self.fc1(x.flatten(1))), self.fc1.output_scale)
    x = to_integers(F.relu(self.fc2(x)), self.fc2.output_scale)
    return to_integers(self.fc3(x), self.fc3.output_scale)
