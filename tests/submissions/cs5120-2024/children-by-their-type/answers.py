# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = torch.clamp(torch.round(self.input_scale * x), -128, 127)
    for block in self.children():
        first = block[0]
        if isinstance(first, nn.Linear) and x.dim() > 2:
            x = x.flatten(1)
        x = block(x)
        if not isinstance(first, nn.MaxPool2d):
            fixed = round(block.output_scale * 65536)
            x = torch.div(x.to(torch.int64) * fixed, 65536, rounding_mode='floor')
            x = torch.clamp(x, -128, 127).to(torch.float32)
    return x
