# %% mount
from google.colab import drive, files
drive.mount('/content/gdrive', force_remount=True)
%cd /content/gdrive/MyDrive/ee290
%load_ext tensorboard
!ls -la

# %% run_training
%%time
train(net, trainloader)

# %% after:run_bias download
files.download('hw1.ipynb')
