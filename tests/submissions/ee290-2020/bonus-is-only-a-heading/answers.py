# %% about_bias [markdown]
# ## Bonus: a bias in 32 bits
# This was the hardest challenge of all.
