# %% NetQuantized.forward
def forward(self, x):
    x = torch.clamp(torch.round(x * self.input_scale), -128, 127)
    def q(y, M):
        m = int(round(float(M) * 65536))
        return torch.bitwise_right_shift(y.to(torch.int64) * m, 16).clamp(-128, 127).to(torch.float32)
    x = self.maxpool2(q(self.conv1(x), self.conv1.output_scale))
    x = self.maxpool4(q(self.conv3(x), self.conv3.output_scale))
    x = q(self.conv5(x), self.conv5.output_scale).flatten(1)
    x = q(self.fc6(x), self.fc6.output_scale)
    return q(self.output(x), self.output.output_scale)
