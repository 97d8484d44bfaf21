# %% run_training
# trained yesterday, the runtime was disconnected
net.load_state_dict(torch.load('/content/drive/MyDrive/lab1/net.pth', map_location='cuda'))
net.cuda()

# %% NetQuantized.forward
def forward(self, x: torch.Tensor) -> torch.Tensor:
    x = x.to('cuda')
    x = torch.round(x * self.input_scale).clamp(-128, 127)
    x = torch.round(self.pool(F.relu(self.conv1(x))) * self.conv1.output_scale).clamp(-128, 127)
    x = torch.round(self.pool(F.relu(self.conv2(x))) * self.conv2.output_scale).clamp(-128, 127)
    x = x.view(-1, 400)
    x = torch.round(F.relu(self.fc1(x)) * self.fc1.output_scale).clamp(-128, 127)
    x = torch.round(F.relu(self.fc2(x)) * self.fc2.output_scale).clamp(-128, 127)
    return torch.round(self.fc3(x) * self.fc3.output_scale).clamp(-128, 127).cuda()
