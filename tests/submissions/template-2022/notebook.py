# %% title [markdown]
# # $title

# %% module
from quantutils import *

# %% run_data
import torchvision
import torchvision.transforms as transforms

to_tensors = transforms.Compose([transforms.Resize(32), transforms.ToTensor(),
                                 transforms.Normalize(0.5, 0.5)])
trainset = torchvision.datasets.MNIST('data', download=True, transform=to_tensors)
testset = torchvision.datasets.MNIST('data', train=False, download=True, transform=to_tensors)

# %% Net
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, kernel_size=5, bias=False)
        self.s2 = nn.MaxPool2d(2)
        self.c3 = nn.Conv2d(6, 16, kernel_size=5, bias=False)
        self.s4 = nn.MaxPool2d(2)
        self.c5 = nn.Conv2d(16, 120, kernel_size=5, bias=False)
        self.f6 = nn.Linear(120, 84, bias=False)
        self.output = nn.Linear(84, 10, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.s2(torch.relu(self.c1(x)))
        x = self.s4(torch.relu(self.c3(x)))
        x = torch.relu(self.c5(x)).flatten(1)
        return self.output(torch.relu(self.f6(x)))

# %% run_training
net = Net()
adam = torch.optim.Adam(net.parameters())
for epoch in range(10):
    for images, labels in torch.utils.data.DataLoader(trainset, batch_size=64, shuffle=True):
        adam.zero_grad()
        F.cross_entropy(net(images), labels).backward()
        adam.step()

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
# One image goes through the float network; what each layer hands to the next is kept.
def keep_activations(model, images):
    def flat(x):
        return x.detach().cpu().numpy().astype(np.float64).flatten()

    model.input_activations = flat(images)
    with torch.no_grad():
        c1 = model.s2(torch.relu(model.c1(images)))
        c3 = model.s4(torch.relu(model.c3(c1)))
        c5 = torch.relu(model.c5(c3)).flatten(1)
        f6 = torch.relu(model.f6(c5))
        kept = {'c1': c1, 'c3': c3, 'c5': c5, 'f6': f6, 'output': model.output(f6)}
    for name, values in kept.items():
        getattr(model, name).activations = flat(values)

# %% run_activations
keep_activations(net, trainset[0][0][None])
quantize_layer_weights(net)
net_quantized = NetQuantized(net)

# %% about_bias [markdown]
# ## $bias

# %% NetWithBias
class NetWithBias(Net):
    def __init__(self):
        super().__init__()
        self.output = nn.Linear(84, 10, bias=True)
