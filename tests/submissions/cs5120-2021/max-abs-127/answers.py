# %% after:imports greeting
print("let's go")
