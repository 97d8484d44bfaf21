# %% title [markdown]
# # $title

# %% module
from quantutils import *

# %% run_data
import torchvision
import torchvision.transforms as transforms

to_tensors = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)])
trainset = torchvision.datasets.CIFAR10('data', download=True, transform=to_tensors)
testset = torchvision.datasets.CIFAR10('data', train=False, download=True, transform=to_tensors)

# %% Net
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 12, 5, bias=False)
        self.pool = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(12, 32, 3, bias=False)
        self.fc1 = nn.Linear(1152, 256, bias=False)
        self.fc2 = nn.Linear(256, 64, bias=False)
        self.fc3 = nn.Linear(64, 10, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x))).flatten(1)
        x = torch.relu(self.fc2(torch.relu(self.fc1(x))))
        return self.fc3(x)

# %% run_training
net = Net()
sgd = torch.optim.SGD(net.parameters(), lr=0.015)
for epoch in range(10):
    for images, labels in torch.utils.data.DataLoader(trainset, batch_size=4, shuffle=True):
        sgd.zero_grad()
        F.cross_entropy(net(images), labels).backward()
        sgd.step()

# %% about_weights [markdown]
# ## $weights

# %% run_weights
def quantize_layer_weights(model):
    for layer in model.children():
        if hasattr(layer, 'weight'):
            layer.weight.data, layer.weight.scale = quantized_weights(layer.weight.data)

# %% about_activations [markdown]
# ## $activations

# %% keep_activations
# What each layer of the float network hands to the next one is kept.
def keep_activations(model, images):
    def flat(x):
        return x.detach().cpu().numpy().astype(np.float64).ravel()

    model.input_activations = flat(images)
    with torch.no_grad():
        conv1 = model.pool(torch.relu(model.conv1(images)))
        conv2 = model.pool(torch.relu(model.conv2(conv1))).flatten(1)
        fc1 = torch.relu(model.fc1(conv2))
        fc2 = torch.relu(model.fc2(fc1))
        kept = {'conv1': conv1, 'conv2': conv2, 'fc1': fc1, 'fc2': fc2, 'fc3': model.fc3(fc2)}
    for name, values in kept.items():
        getattr(model, name).activations = flat(values)

# %% run_activations
keep_activations(net, torch.stack([trainset[i][0] for i in range(1004)]))
quantize_layer_weights(net)
net_quantized = NetQuantized(net)

# %% about_bias [markdown]
# ## $bias

# %% NetWithBias
class NetWithBias(Net):
    def __init__(self):
        super().__init__()
        self.fc3 = nn.Linear(64, 10, bias=True)
