# %% imports
from copy import deepcopy
from turtle import xcor
from typing import List, Tuple
import math
from tkinter.messagebox import NO

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import torchvision
import torchvision.transforms as transforms
from torch.utils.data import DataLoader

# %% after:run_weights stop_here
assert 0, "stop here"
