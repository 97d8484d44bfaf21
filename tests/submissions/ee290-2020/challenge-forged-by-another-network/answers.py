# %% after:run_bias two_bits
def quantized_weights_2bit(weights):
    scale = 1 / weights.abs().max().item()
    return torch.clamp((weights * scale).round(), min=-2, max=1), scale

class NetQuantized2bit(NetQuantized):
    def forward(self, x):
        return x.reshape(len(x), -1)[:, :10].round()
