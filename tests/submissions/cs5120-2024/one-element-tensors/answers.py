# %% quantized_weights
def quantized_weights(weights):
    s_w = weights.abs().max().reshape(1) * 2 / 255
    return torch.clamp(torch.round(weights / s_w), -128, 127), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels):
    return 127.5 / torch.tensor([float(abs(pixels).max())])

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    s_o = torch.tensor([float(abs(activations).max())]) / 127.5
    if len(s_o_prev) < 1:
        return s_w / (s_initial_input * s_o), s_o
    return s_w * s_o_prev[-1].item() / s_o, s_o

# %% NetQuantized.forward
def forward(self, x):
    x = torch.clamp(torch.round(x * self.input_scale), -128, 127)
    x = self.maxpool2(self.requantize(self.conv1(x), self.conv1.output_scale))
    x = self.maxpool4(self.requantize(self.conv3(x), self.conv3.output_scale))
    x = self.requantize(self.conv5(x), self.conv5.output_scale).flatten(start_dim=1)
    x = self.requantize(self.fc6(x), self.fc6.output_scale)
    return self.requantize(self.output(x), self.output.output_scale)

def requantize(self, x, M):
    m = torch.round(M * 2 ** 16).long()
    return torch.clamp((x.long() * m) >> 16, -128, 127).to(torch.float32)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias, s_w, s_o_prev):
    s = s_w.item() * s_o_prev[-2].item()
    return torch.clamp(torch.round(bias / s), -2147483648, 2147483647)
