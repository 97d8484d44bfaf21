# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    '''
    Bring the images and every layer's sums to 8 bits: floor of x / round(1 / scale), or M
    as a whole number of 2^-16.
    '''
    # your code here
    return x
