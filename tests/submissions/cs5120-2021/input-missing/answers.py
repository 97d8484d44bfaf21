# %% NetQuantized.quantize_initial_input
