# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def to_8_bits(sums, block):
        m = round(block.output_scale * 2 ** 16)
        return torch.clamp((sums.long() * m) >> 16, min=-128, max=127).float()

    x = torch.clamp(torch.round(x * self.input_scale), min=-128, max=127)
    x = torch.floor(F.avg_pool2d(to_8_bits(self.conv1(x), self.conv1), 2))
    x = torch.floor(F.avg_pool2d(to_8_bits(self.conv3(x), self.conv3), 2))
    x = torch.flatten(to_8_bits(self.conv5(x), self.conv5), start_dim=1)
    x = to_8_bits(self.fc6(x), self.fc6)
    return to_8_bits(self.output(x), self.output)
