# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = torch.clamp(torch.round(x * self.input_scale), min=-128, max=127)
    layers = [(self.conv1, self.maxpool2), (self.conv3, self.maxpool4), (self.conv5, nn.Flatten()),
              (self.fc6, nn.Identity()), (self.output, nn.Identity())]
    for block, after in layers:
        sums = after(block(x)).long()
        x = torch.clamp((sums * round(block.output_scale * 2 ** 16)) >> 16, -128, 127).float()
    return x
