# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels):
    return 2 * float(abs(pixels).max()) / 255

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    s_o = 2 * float(abs(activations).max()) / 255
    s_in = s_o_prev[-1] if s_o_prev else s_initial_input
    return s_w * s_in / s_o, s_o

# %% NetQuantized.forward
def forward(self, x):
    def rq(x, M):
        return torch.clamp((x.long() * round(M * 65536)) >> 16, -128, 127).float()
    x = torch.clamp(torch.round(x / self.input_scale), -128, 127)
    x = self.maxpool2(rq(self.conv1(x), self.conv1.output_scale))
    x = self.maxpool4(rq(self.conv3(x), self.conv3.output_scale))
    x = rq(self.conv5(x), self.conv5.output_scale)
    x = torch.flatten(x, 1)
    x = rq(self.fc6(x), self.fc6.output_scale)
    x = self.output(x)
    M = self.output.output_scale
    return rq(x, M)
