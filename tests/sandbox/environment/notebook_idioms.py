"""Idioms of Python, GPUs, notebooks, plots and files, with the text of what each gives."""

from __future__ import annotations

from tests.sandbox.environment.idioms import NOTHING, Row

PYTHON = (
    Row("import time; time.clock() > 0", "True", "Python 3.8"),
    Row("from fractions import gcd; gcd(4, 6)", "2", "Python 3.9"),
    Row("import base64; base64.encodestring(b'a')", "b'YQ==\\n'", "Python 3.9"),
    Row("import json; json.loads('[1]', encoding='utf-8')", "[1]", "Python 3.9"),
    Row(
        "from collections import Iterable, Mapping; isinstance([], Iterable)",
        "True",
        "Python 3.10",
    ),
    Row(
        "import collections; collections.MutableMapping.__name__", "MutableMapping", "Python 3.10"
    ),
    Row("import inspect; inspect.getargspec(lambda a, b=1: 0).args", "['a', 'b']", "Python 3.11"),
    Row("import random; random.sample({3}, 1)", "[3]", "Python 3.11"),
    Row("import random; v = [1, 2]; random.shuffle(v, lambda: 0.0); v", "[2, 1]", "Python 3.11"),
    Row("import math; math.factorial(3.0)", "6", "Python 3.12"),
    Row("import imp; imp.reload(math).floor(2.5)", "2", "Python 3.12"),
    Row(
        "from distutils.version import LooseVersion; LooseVersion('1.10.0') > LooseVersion('1.9')",
        "True",
        "Python 3.12",
    ),
    Row("from distutils.util import strtobool; strtobool('yes')", "1", "Python 3.12"),
)

COMPILER = (
    Row("@torch.compile\ndef twice(x):\n    return 2 * x\ntwice(2)", "4"),
    Row("torch.compile(lambda x: -x, mode='max-autotune')(3)", "-3"),
    Row("torch.compile(dynamic=True)(abs)(-2)", "2"),
    Row("net = torch.nn.Linear(2, 3); net.compile(); net(torch.ones(2)).shape", "torch.Size([3])"),
    Row(
        "import torch; torch.compile(torch.nn.ReLU())(torch.tensor([-1.0, 2.0])).tolist()",
        "[0.0, 2.0]",
    ),
)

GPU = (
    Row(
        "torch.ones(2).cuda().device, torch.ones(2).cuda(0).device, torch.tensor([1]).cuda(device=0).device",
        "(device(type='cpu'), device(type='cpu'), device(type='cpu'))",
    ),
    Row("torch.ones(2).to('cuda').device", "cpu"),
    Row("torch.ones(2).to('cuda:0', torch.float64).dtype", "torch.float64"),
    Row("torch.ones(2).to(0).device", "cpu"),
    Row("torch.ones(2).to(torch.device('cuda'), non_blocking=True).device", "cpu"),
    Row("torch.ones(2).to(device=0, dtype=torch.int8).dtype", "torch.int8"),
    Row("torch.ones(2).to(torch.cuda.current_device()).device", "cpu"),
    Row("torch.ones(2).type('torch.cuda.FloatTensor').type()", "torch.FloatTensor"),
    Row("torch.ones(2).type(torch.cuda.HalfTensor).dtype", "torch.float16"),
    Row("torch.ones(2).type(dtype='torch.cuda.LongTensor').dtype", "torch.int64"),
    Row(
        "torch.cuda.FloatTensor([1.5]).tolist(), torch.cuda.LongTensor(2).shape",
        "([1.5], torch.Size([2]))",
    ),
    Row(
        "torch.zeros(2, device='cuda').device, torch.tensor([1], device=0).device",
        "(device(type='cpu'), device(type='cpu'))",
    ),
    Row("torch.empty_like(torch.ones(2), device=torch.device('cuda:1')).device", "cpu"),
    Row(
        "torch.randn(2, device='cuda', generator=torch.Generator(device='cuda').manual_seed(1)).device",
        "cpu",
    ),
    Row(
        "torch.arange(3, device='mps').device, torch.ones(1, device='xpu').device",
        "(device(type='cpu'), device(type='cpu'))",
    ),
    Row("torch.ones(2).new_zeros(2, device='cuda').device", "cpu"),
    Row("torch.as_tensor(np.ones(2), device='cuda').device", "cpu"),
    Row("torch.from_numpy(np.ones(2)).float().cuda().cpu().numpy()", "[1. 1.]"),
    Row(
        "nn.Linear(2, 2).cuda().weight.device, nn.Linear(2, 2).to(0).weight.device",
        "(device(type='cpu'), device(type='cpu'))",
    ),
    Row(
        "nn.Linear(2, 2).to(device=0).weight.device, nn.Linear(2, 2, device='cuda').weight.device",
        "(device(type='cpu'), device(type='cpu'))",
    ),
    Row("nn.Linear(2, 2).type('torch.cuda.DoubleTensor').weight.dtype", "torch.float64"),
    Row(
        "nn.DataParallel(nn.Linear(2, 3), device_ids=[0]).cuda()(torch.ones(1, 2)).shape",
        "torch.Size([1, 3])",
    ),
    Row(
        "nn.parallel.data_parallel(nn.Linear(2, 3), torch.ones(1, 2), [0]).shape",
        "torch.Size([1, 3])",
    ),
    Row(
        "f = lambda x, device=torch.device('cuda'): x.to(device); f(torch.ones(1)).is_cuda",
        "False",
    ),
    Row(
        "torch.cuda.is_available(), torch.cuda.device_count(), torch.cuda.current_device()",
        "(False, 0, 0)",
    ),
    Row("torch.cuda.get_device_name(0), torch.cuda.get_device_capability()", "('cpu', (7, 5))"),
    Row("torch.cuda.get_device_properties(0).total_memory > 0", "True"),
    Row(
        "torch.cuda.memory_allocated(), torch.cuda.memory_reserved(0), torch.cuda.max_memory_allocated(), torch.cuda.memory_cached()",
        "(0, 0, 0, 0)",
    ),
    Row("torch.cuda.memory_summary(), torch.cuda.memory_stats()", "('', {})", "", NOTHING),
    Row(
        "torch.cuda.empty_cache(), torch.cuda.synchronize(), torch.cuda.set_device(0), torch.cuda.ipc_collect(), torch.cuda.init()",
        "(None, None, None, None, None)",
        "",
        NOTHING,
    ),
    Row(
        "torch.cuda.manual_seed(1), torch.cuda.manual_seed_all(1), torch.cuda.reset_peak_memory_stats()",
        "(None, None, None)",
        "",
        NOTHING,
    ),
    Row(
        "torch.cuda.set_rng_state(torch.cuda.get_rng_state()), torch.cuda.initial_seed() >= 0",
        "(None, True)",
    ),
    Row("with torch.cuda.device(0): x = torch.ones(1).cuda()\nx.item()", "1.0"),
    Row("with torch.cuda.stream(torch.cuda.Stream()): x = torch.ones(1)\nx.item()", "1.0"),
    Row(
        "s, e = torch.cuda.Event(enable_timing=True), torch.cuda.Event(); s.record(); e.record(); e.synchronize(); s.elapsed_time(e)",
        "0.0",
    ),
    Row("torch.cuda.current_stream().synchronize()", "None", "", NOTHING),
    Row("with torch.cuda.amp.autocast(): x = torch.ones(1) * 1.5\nx.dtype", "torch.float32"),
    Row("with torch.autocast('cuda'): x = torch.ones(1) * 1.5\nx.dtype", "torch.float32"),
    Row("torch.cuda.amp.GradScaler().scale(torch.ones(1)).item()", "1.0"),
    Row(
        "torch.backends.cudnn.benchmark = True; torch.backends.cudnn.deterministic = True; torch.backends.cudnn.enabled",
        "True",
    ),
    Row(
        "torch.ones(2).pin_memory().device, torch.empty(2, pin_memory=True).is_pinned()",
        "(device(type='cpu'), False)",
    ),
    Row("next(iter(DataLoader([1.0], pin_memory=True))).device", "cpu"),
    Row("torch.ones(1).cuda().record_stream(torch.cuda.current_stream())", "None", "", NOTHING),
    Row(
        "torch.set_default_device('cuda'); x = torch.ones(1).device; torch.set_default_device('cpu'); x",
        "cpu",
    ),
    Row("with torch.device('cuda'): x = torch.ones(1)\nx.device", "cpu"),
    Row("torch.set_default_tensor_type('torch.cuda.FloatTensor'); torch.ones(1).device", "cpu"),
    Row(
        "torch.set_default_tensor_type(torch.cuda.FloatTensor); torch.ones(1).dtype",
        "torch.float32",
    ),
    Row(
        "x = torch.ones(1).cuda(); x.is_cuda, x.get_device(), x.device.type == 'cuda'",
        "(False, -1, False)",
    ),
    Row("torch.zeros(1, device=torch.ones(1).get_device()).device", "cpu"),
    Row(
        "torch.mps.empty_cache(), torch.xpu.synchronize(), torch.accelerator.synchronize()",
        "(None, None, None)",
        "",
        NOTHING,
    ),
    Row("torch.ones(1).to(torch.accelerator.current_accelerator()).device", "cpu"),
    Row(
        "isinstance(torch.default_generator, torch.Generator), isinstance(torch.Generator(), torch.Generator)",
        "(True, True)",
    ),
)

NOTEBOOK = (
    Row("display(3), clear_output(wait=True)", "(None, None)", "", NOTHING),
    Row(
        "from IPython.display import display, clear_output, HTML, Image, Markdown; display(HTML('a'), Image(filename='a.png'))",
        "None",
        "",
        NOTHING,
    ),
    Row("import IPython; IPython.display.display(IPython.display.Math('x'))", "None", "", NOTHING),
    Row(
        "from IPython import get_ipython; get_ipython().run_line_magic('matplotlib', 'inline') or None",
        "None",
        "",
        NOTHING,
    ),
    Row(
        "bool(get_ipython().system('pip install x')), get_ipython().getoutput('ls')",
        "(False, [])",
        "",
        NOTHING,
    ),
    Row(
        "get_ipython().run_cell_magic('time', '', 'seen = 3'); get_ipython().user_ns['seen']", "3"
    ),
    Row("get_ipython().run_cell_magic('bash', '', 'rm -rf /')", "None", "", NOTHING),
    Row("get_ipython().__class__.__name__", "ZMQInteractiveShell"),
    Row(
        "from google.colab import drive, files, output; bool(drive.mount('/content/drive')), bool(files.upload())",
        "(False, False)",
        "",
        NOTHING,
    ),
    Row("import google.colab; 'google.colab' in sys.modules", "True"),
    Row("import ipywidgets as widgets; f = widgets.interact(x=(0, 9))(lambda x: x); f(4)", "4"),
    Row(
        "from tqdm import tqdm, trange; [x for x in tqdm([1, 2], desc='a')], sum(trange(3))",
        "([1, 2], 3)",
    ),
    Row("from tqdm.notebook import tqdm; [x for x in tqdm(range(2), total=2)]", "[0, 1]"),
    Row("from tqdm.auto import tqdm; [x for x in tqdm(range(2))]", "[0, 1]"),
    Row("from tqdm import tqdm_notebook; [x for x in tqdm_notebook(range(2))]", "[0, 1]"),
    Row(
        "import tqdm; bar = tqdm.tqdm(total=3); bar.update(2); bar.set_postfix(loss=1); bar.close(); bar.n",
        "2",
    ),
)

PLOTS = (
    Row(
        "import matplotlib.pyplot as plt; n, edges, _ = plt.hist([1, 2, 2], bins=2); plt.show(); n.tolist()",
        "[1.0, 2.0]",
    ),
    Row(
        "import matplotlib.pyplot as plt; fig, axes = plt.subplots(1, 2); axes[0].plot([1, 2]); fig.suptitle('a'); plt.tight_layout(); plt.savefig('a.png')",
        "None",
        "",
        NOTHING,
    ),
    Row(
        "import matplotlib; matplotlib.use('TkAgg'); from matplotlib import pyplot as plt; plt.figure(figsize=(3, 2)).savefig('a.pdf')",
        "None",
        "",
        NOTHING,
    ),
    Row(
        "import pylab; pylab.imshow(np.zeros((2, 2))); pylab.title('權重'); pylab.show(); pylab.close('all')",
        "None",
        "",
        NOTHING,
    ),
    Row(
        "import matplotlib.pyplot as plt; plt.style.use('seaborn-whitegrid'); plt.style.use(['seaborn', 'ggplot'])",
        "None",
        "matplotlib 3.8",
    ),
    Row(
        "import matplotlib.pyplot as plt; plt.cm.get_cmap('jet', 3).N, plt.cm.get_cmap('viridis').name",
        "(3, 'viridis')",
        "matplotlib 3.9",
    ),
    Row(
        "import matplotlib.pyplot as plt; plt.hist([1, 2, 2], bins=2, normed=True)[0].tolist()",
        "[0.6666666666666666, 1.3333333333333333]",
        "matplotlib 3.1",
    ),
    Row(
        "import matplotlib.pyplot as plt; fig, ax = plt.subplots(); ax.hist([1, 2], normed=True); ax.grid(b=True); plt.grid(b=False)",
        "None",
        "matplotlib 3.8",
        NOTHING,
    ),
    Row(
        "import matplotlib.pyplot as plt; bool(plt.stem([1, 2], use_line_collection=True))",
        "True",
        "matplotlib 3.8",
    ),
    Row(
        "import matplotlib.pyplot as plt; plt.figure().gca(projection='3d').name, plt.gca(projection='polar').name",
        "('3d', 'polar')",
        "matplotlib 3.6",
    ),
    Row(
        "import matplotlib.pyplot as plt; plt.gcf().canvas.set_window_title('a')",
        "None",
        "matplotlib 3.6",
        NOTHING,
    ),
    Row(
        "import matplotlib.pyplot as plt; c = plt.figure(figsize=(1, 1), dpi=10).canvas; c.draw(); len(c.tostring_rgb())",
        "300",
        "matplotlib 3.10",
    ),
    Row(
        "import matplotlib.pyplot as plt; plt.imsave('a.png', np.zeros((2, 2)))",
        "None",
        "",
        NOTHING,
    ),
    Row(
        "import seaborn as sns; sns.set(); sns.histplot([1, 2]); bool(sns.heatmap([[1]]).get_figure())",
        "False",
        "",
        NOTHING,
    ),
    Row(
        "import plotly.express as px; import plotly.graph_objects as go; bool(px.histogram([1]).show()), bool(go.Figure())",
        "(False, False)",
        "",
        NOTHING,
    ),
    Row(
        "from torch.utils.tensorboard import SummaryWriter; w = SummaryWriter('runs'); bool(w.add_scalar('a', 1, 2)), bool(w.close())",
        "(False, False)",
        "",
        NOTHING,
    ),
    Row(
        "import wandb; bool(wandb.init(project='a')), bool(wandb.log({'a': 1}))",
        "(False, False)",
        "",
        NOTHING,
    ),
    Row("import torchviz; bool(torchviz.make_dot(torch.ones(1)))", "False", "", NOTHING),
)

FILES = (
    Row("with open('log.txt', 'a') as file: n = file.write('one')\nn", "3"),
    Row(
        "f = open('log.txt', 'w'); f.write('一'); f.close(); f = open('log.txt', 'a'); f.write('二'); f.close(); open('log.txt').read()",
        "一二",
    ),
    Row(
        "import os; os.makedirs('out/scales', exist_ok=True); np.save('out/w.npy', np.ones(2)); np.load('out/w.npy')",
        "[1. 1.]",
    ),
    Row(
        "torch.save(torch.ones(2), '/content/net.pt'); torch.load('/content/net.pt').tolist()",
        "[1.0, 1.0]",
    ),
    Row(
        "import json; f = open('scales.json', 'w'); json.dump({'a': 1}, f); f.close(); json.load(open('scales.json'))",
        "{'a': 1}",
    ),
    Row(
        "from pathlib import Path; Path('out').mkdir(exist_ok=True); Path('out/a.txt').write_text('a')",
        "1",
    ),
    Row("import pandas as pd; pd.DataFrame({'a': [1]}).to_csv('a.csv')", "None", "", NOTHING),
    Row("np.savetxt('a.csv', np.ones(2)); np.loadtxt('a.csv')", "[1. 1.]"),
    Row(
        "import os; os.mkdir('plots'); os.path.isdir('plots'), os.path.exists('nets')",
        "(True, False)",
    ),
)

LIBRARIES = (
    Row("from scipy.stats import entropy; round(float(entropy([1, 1])), 4)", "0.6931"),
    Row(
        "from scipy.optimize import minimize_scalar; round(minimize_scalar(lambda x: (x - 2) ** 2).x, 4)",
        "2.0",
    ),
    Row("import pandas as pd; pd.DataFrame({'a': [1, 2]}).a.sum()", "3"),
    Row(
        "from sklearn.cluster import KMeans; KMeans(1, n_init=1).fit([[1.0], [3.0]]).cluster_centers_.item()",
        "2.0",
    ),
    Row("from einops import rearrange; rearrange(np.ones((2, 3)), 'a b -> b a').shape", "(3, 2)"),
    Row(
        "from torchsummary import summary; summary(nn.Sequential(nn.Linear(2, 3)), (2,), device='cpu')",
        "None",
    ),
    Row(
        "from torchinfo import summary; summary(nn.Linear(2, 3), (1, 2), verbose=0).total_params",
        "9",
    ),
)
