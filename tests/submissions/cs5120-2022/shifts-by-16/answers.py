# %% after:imports greeting
print('LeNet-5 with whole numbers')
