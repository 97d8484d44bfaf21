# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    s_o = 2 * float(abs(activations).max()) / 255
    prev = s_o_prev[-1] if s_o_prev else 1 / s_initial_input
    return round(s_w * prev / s_o * 2**16), s_o
# %% NetQuantized.forward
def forward(self, x):
    x = torch.clamp(torch.round(x * self.input_scale), -128, 127)
    def q(y, M):
        return torch.clamp((y.long() * int(M)) >> 16, -128, 127).float()
    x = self.maxpool2(q(self.conv1(x), self.conv1.output_scale))
    x = self.maxpool4(q(self.conv3(x), self.conv3.output_scale))
    x = q(self.conv5(x), self.conv5.output_scale).flatten(1)
    x = q(self.fc6(x), self.fc6.output_scale)
    return q(self.output(x), self.output.output_scale)
