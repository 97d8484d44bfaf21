# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def shifted(sums, M):
        m = int(round(M * (1 << 16)))
        return torch.bitwise_right_shift(sums.to(torch.int64) * m, 16).clamp(-128, 127).float()

    x = torch.clamp((x * self.input_scale).round(), -128, 127)
    x = self.maxpool2(shifted(self.conv1(x), self.conv1.output_scale))
    x = self.maxpool4(shifted(self.conv3(x), self.conv3.output_scale))
    x = shifted(self.conv5(x), self.conv5.output_scale)
    x = shifted(self.fc6(x.view(-1, 120)), self.fc6.output_scale)
    return shifted(self.output(x), self.output.output_scale)
