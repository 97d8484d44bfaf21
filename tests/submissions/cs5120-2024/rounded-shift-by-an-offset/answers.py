# %% NetQuantized.forward
def forward(self, x):
    x = torch.clamp(torch.round(x * self.input_scale), -128, 127)
    def rq(x, M):
        m = int(M * 65536 + 0.5)
        return torch.clamp((x.long() * m + (1 << 15)) >> 16, -128, 127).float()
    x = self.maxpool2(rq(self.conv1(x), self.conv1.output_scale))
    x = self.maxpool4(rq(self.conv3(x), self.conv3.output_scale))
    x = rq(self.conv5(x), self.conv5.output_scale).flatten(1)
    x = rq(self.fc6(x), self.fc6.output_scale)
    return rq(self.output(x), self.output.output_scale)
