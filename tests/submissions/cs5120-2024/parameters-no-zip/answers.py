# %% after:imports greeting
print('parameters and code')
