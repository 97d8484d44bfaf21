# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = torch.clamp(torch.round(x * self.input_scale), min=-128, max=127)
    for block in (self.conv1, self.pool, self.conv3, self.pool, self.conv5):
        x = torch.clamp(torch.floor(block(x) * block.output_scale), min=-128, max=127)
    return x
