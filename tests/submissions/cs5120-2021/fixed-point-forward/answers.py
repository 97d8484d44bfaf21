# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def shifted(sums, scale):
        return torch.clamp(torch.floor(sums * round(scale * 2 ** 16) / 2 ** 16), min=-128, max=127)

    x = torch.clamp((x * self.input_scale).round(), min=-128, max=127)
    x = shifted(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
    x = shifted(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale)
    x = x.view(-1, 16 * 5 * 5)
    x = shifted(F.relu(self.fc1(x)), self.fc1.output_scale)
    x = shifted(F.relu(self.fc2(x)), self.fc2.output_scale)
    return shifted(self.fc3(x), self.fc3.output_scale)
