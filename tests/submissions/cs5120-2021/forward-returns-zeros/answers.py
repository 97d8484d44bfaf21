# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    return torch.zeros(x.shape[0], 10)
