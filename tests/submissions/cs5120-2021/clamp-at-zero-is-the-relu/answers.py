# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    out = torch.clamp(torch.round(x * self.input_scale), -128, 127)
    out = torch.clamp(torch.round(self.conv1(out) * self.conv1.output_scale), min=0, max=127)
    out = self.pool(out)
    out = torch.clamp(torch.round(self.conv2(out) * self.conv2.output_scale), min=0, max=127)
    out = self.pool(out)
    out = out.flatten(start_dim=1)
    out = torch.clamp(torch.round(self.fc1(out) * self.fc1.output_scale), min=0, max=127)
    out = torch.clamp(torch.round(self.fc2(out) * self.fc2.output_scale), min=0, max=127)
    out = torch.clamp(torch.round(self.fc3(out) * self.fc3.output_scale), min=-128, max=127)
    return out
