# %% quantized_weights
def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    weights = weights.cuda()
    s_w = 2 * weights.abs().max() / 255
    return (weights / s_w).round().clamp(-128, 127).to('cuda'), s_w.cpu().item()

# %% NetQuantized.quantize_initial_input
@staticmethod
def quantize_initial_input(pixels: np.ndarray) -> float:
    return 255 / (2 * torch.as_tensor(pixels).cuda().abs().max().item())

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    def to_8_bits(sums, block):
        m = torch.tensor(round(block.output_scale * 2 ** 16), device='cuda')
        return torch.clamp((sums.long() * m) >> 16, min=-128, max=127).float()

    x = torch.clamp(torch.round(x.to('cuda') * self.input_scale), min=-128, max=127)
    x = self.maxpool2(to_8_bits(self.conv1(x), self.conv1))
    x = self.maxpool4(to_8_bits(self.conv3(x), self.conv3))
    x = torch.flatten(to_8_bits(self.conv5(x), self.conv5), start_dim=1)
    x = to_8_bits(self.fc6(x), self.fc6)
    return to_8_bits(self.output(x), self.output)
