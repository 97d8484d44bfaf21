# %% quantized_weights
