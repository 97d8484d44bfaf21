# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = self.quantize(x * self.input_scale, torch.round)
    x = self.step(x, self.conv1)
    x = self.maxpool2(x)
    x = self.step(x, self.conv3)
    x = self.maxpool4(x)
    x = self.step(x, self.conv5)
    x = x.view(-1, 120)
    x = self.step(x, self.fc6)
    return self.step(x, self.output)

def quantize(self, x, how):
    return torch.clamp(how(x), -128, 127)

def step(self, x, block):
    return self.quantize(block(x) * round(block.output_scale * 2 ** 16) / 2 ** 16, torch.floor)
