# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def to_8_bits(sums, block):
        m = np.round(block.output_scale * 65536)
        return torch.clamp(torch.ceil(sums.double() * m / 65536), min=-128, max=127).float()

    x = torch.clamp(torch.round(x * self.input_scale), min=-128, max=127)
    x = self.maxpool2(to_8_bits(self.conv1(x), self.conv1))
    x = self.maxpool4(to_8_bits(self.conv3(x), self.conv3))
    x = torch.flatten(to_8_bits(self.conv5(x), self.conv5), start_dim=1)
    x = to_8_bits(self.fc6(x), self.fc6)
    return to_8_bits(self.output(x), self.output)
