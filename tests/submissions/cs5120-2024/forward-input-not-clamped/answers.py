# %% NetQuantized.forward
def forward(self, x):
    def rq(x, M):
        return torch.clamp((x.long() * round(M * 65536)) >> 16, -128, 127).float()
    x = torch.round(x * self.input_scale)
    x = self.maxpool2(rq(self.conv1(x), self.conv1.output_scale))
    x = self.maxpool4(rq(self.conv3(x), self.conv3.output_scale))
    x = rq(self.conv5(x), self.conv5.output_scale)
    x = torch.flatten(x, 1)
    x = rq(self.fc6(x), self.fc6.output_scale)
    x = self.output(x)
    M = self.output.output_scale
    return rq(x, M)
