# %% after:imports greeting
print('eight bits')
