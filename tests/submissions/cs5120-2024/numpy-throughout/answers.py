# %% quantized_weights
def quantized_weights(weights):
    w = weights.detach().cpu().numpy()
    s_w = np.float32(2.0 * np.abs(w).max() / 255.0)
    q = np.clip(np.rint(w / s_w), -128, 127).astype(np.float32)
    return torch.from_numpy(q).to(weights.device), s_w

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels):
    p = np.array(pixels)
    s_I = 2 * np.max(np.abs(p)) / 255
    return 1 / s_I

# %% NetQuantized.quantize_activations
@staticmethod
def quantize_activations(activations, s_w, s_initial_input, s_o_prev):
    a = np.array(activations)
    s_o = 2 * np.max(np.abs(a)) / 255
    s_i = s_o_prev[-1] if s_o_prev else 1 / s_initial_input
    return s_w * s_i / s_o, s_o

# %% NetQuantized.forward
def forward(self, x):
    def q(t, scale):
        a = t.detach().cpu().numpy().astype(np.int64)
        a = np.right_shift(a * int(np.round(scale * 2**16)), 16)
        return torch.from_numpy(np.clip(a, -128, 127).astype(np.float32)).to(t.device)
    x = torch.from_numpy(np.clip(np.rint(x.cpu().numpy() * self.input_scale), -128, 127).astype(np.float32)).to(x.device)
    x = self.maxpool2(q(self.conv1(x), self.conv1.output_scale))
    x = self.maxpool4(q(self.conv3(x), self.conv3.output_scale))
    x = q(self.conv5(x), self.conv5.output_scale)
    x = x.view(x.shape[0], -1)
    x = q(self.fc6(x), self.fc6.output_scale)
    return q(self.output(x), self.output.output_scale)

# %% NetQuantizedWithBias.quantized_bias
@staticmethod
def quantized_bias(bias, s_w, s_o_prev):
    b = bias.detach().cpu().numpy().astype(np.float64) / (np.float64(s_w) * np.float64(s_o_prev[-2]))
    b = np.clip(np.round(b), -2**31, 2**31 - 1)
    return torch.tensor(b, dtype=torch.float32).to(bias.device)

# %% float_to_fixed_scale
def float_to_fixed_scale(act_scalesDict, weight_scalesDict, outputBias_float):
    names = list(act_scalesDict)
    acts = np.concatenate([act_scalesDict[n] for n in names])
    ws = np.concatenate([weight_scalesDict[n] for n in names[1:]])
    fixed = np.rint(ws * acts[:-1] / acts[1:] * 65536).astype(int).tolist()
    scalesDict = {names[0]: int(np.rint(1 / acts[0])), **dict(zip(names[1:], fixed))}
    bias = np.rint(outputBias_float / (ws[-1] * acts[-2]))
    return scalesDict, bias
