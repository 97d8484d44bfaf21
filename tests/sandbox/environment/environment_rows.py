"""
What a notebook may use, one idiom a row: its text, and the text of what it gives in the sandbox.

The table in docs/what-a-notebook-may-use.md is made of these rows, and each is run by a test.
"""

from __future__ import annotations

from dataclasses import dataclass

WORKS, NOTHING = "works", "does nothing"


@dataclass(frozen=True)
class Row:
    """An expression, or statements before one, and the text of its value."""

    idiom: str
    gives: str
    removed: str = ""  # by which version, where it was
    result: str = WORKS


@dataclass(frozen=True)
class Section:
    title: str
    about: str
    rows: tuple[Row, ...]


_PYTHON = (
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
_NUMPY = (
    Row("np.product([2, 3])", "6", "numpy 2.0"),
    Row("np.cumproduct([2, 3])", "[2 6]", "numpy 2.0"),
    Row("np.alltrue([1, 0])", "False", "numpy 2.0"),
    Row("np.sometrue([1, 0])", "True", "numpy 2.0"),
    Row("np.round_(2.6)", "3.0", "numpy 2.0"),
    Row("np.float(3)", "3.0", "numpy 1.24"),
    Row("np.int(3.7)", "3", "numpy 1.24"),
    Row("np.zeros(2, dtype=np.int).dtype", "int64", "numpy 1.24"),
    Row("np.zeros(2, dtype=np.float).dtype", "float64", "numpy 1.24"),
    Row("np.zeros(2, dtype=np.object).dtype", "object", "numpy 1.24"),
    Row("np.str(3), np.complex(1), np.unicode(4)", "('3', (1+0j), '4')", "numpy 1.24"),
    Row("np.bool(0), np.long(4)", "(np.False_, np.int64(4))", "numpy 1.24, new in 2.0"),
    Row(
        "np.float_(1), np.complex_(1), np.unicode_('a')",
        "(np.float64(1.0), np.complex128(1+0j), np.str_('a'))",
        "numpy 2.0",
    ),
    Row(
        "np.bool8(1), np.int0(3), np.uint0(3)",
        "(np.True_, np.int64(3), np.uint64(3))",
        "numpy 2.0",
    ),
    Row(
        "np.VisibleDeprecationWarning.__name__, np.ComplexWarning.__name__",
        "('VisibleDeprecationWarning', 'ComplexWarning')",
        "numpy 2.0",
    ),
    Row(
        "np.AxisError.__name__, np.RankWarning.__name__",
        "('AxisError', 'RankWarning')",
        "numpy 2.0",
    ),
    Row(
        "np.lib.pad([1], 1, 'constant'), np.lib.unique([1, 1])",
        "(array([0, 1, 0]), array([1]))",
        "numpy 2.0",
    ),
    Row(
        "np.longfloat is np.longdouble, np.singlecomplex is np.complex64",
        "(True, True)",
        "numpy 2.0",
    ),
    Row(
        "np.Inf, np.Infinity, np.PINF, np.infty, np.NINF",
        "(inf, inf, inf, inf, -inf)",
        "numpy 2.0",
    ),
    Row("np.NaN, np.NAN", "(nan, nan)", "numpy 2.0"),
    Row("np.PZERO, np.NZERO", "(0.0, -0.0)", "numpy 2.0"),
    Row("np.in1d([1, 5], [5])", "[False  True]", "numpy 2.4"),
    Row("np.trapz([1, 2, 3])", "4.0", "numpy 2.4"),
    Row("np.row_stack([[1], [2]]).shape", "(2, 1)", "numpy 2.5"),
    Row("np.asscalar(np.array([2.5]))", "2.5", "numpy 1.23"),
    Row("np.alen(np.zeros((4, 2)))", "4", "numpy 1.23"),
    Row("np.rank(np.zeros((4, 2)))", "2", "numpy 1.18"),
    Row("np.msort([3, 1, 2])", "[1 2 3]", "numpy 2.0"),
    Row("np.mat([[1, 2]]) * np.mat([[3], [4]])", "[[11]]", "numpy 2.0"),
    Row("np.asfarray([1, 2]).dtype", "float64", "numpy 2.0"),
    Row(
        "np.cast['float32'](3).dtype, np.cast[np.int8]([1.5])",
        "(dtype('float32'), array([1], dtype=int8))",
        "numpy 2.0",
    ),
    Row("np.find_common_type([np.float32], [np.int64])", "float32", "numpy 2.0"),
    Row("np.find_common_type([np.int8], [np.float64])", "float64", "numpy 2.0"),
    Row("np.obj2sctype('f4') is np.float32, np.sctype2char('f8')", "(True, 'd')", "numpy 2.0"),
    Row("np.maximum_sctype(np.int8) is np.int64", "True", "numpy 2.0"),
    Row("np.issubsctype(np.int8, np.integer), np.issctype(np.int8)", "(True, True)", "numpy 2.0"),
    Row("np.issubclass_(np.int8, np.integer)", "True", "numpy 2.0"),
    Row("np.sctypes['float'][1] is np.float32", "True", "numpy 2.0"),
    Row("np.nbytes[np.float64]", "8", "numpy 2.0"),
    Row("(lambda ends: ends[1] - ends[0])(np.byte_bounds(np.zeros(3)))", "24", "numpy 2.0"),
    Row("np.safe_eval('[1, 2]')", "[1, 2]", "numpy 2.0"),
    Row("np.fastCopyAndTranspose(np.zeros((1, 2))).shape", "(2, 1)", "numpy 2.0"),
    Row("np.math.sqrt(4)", "2.0", "numpy 1.25"),
    Row("np.MachAr(np.float32).eps > 0", "True", "numpy 1.24"),
    Row("np.typeDict['float32'] is np.float32", "True", "numpy 1.25"),
    Row("np.random.random_integers(1, 1)", "1", "numpy 2.4"),
    Row(
        "np.lookfor('mean'), np.who(), np.source(np.mean), np.disp(1)",
        "(None, None, None, None)",
        "numpy 2.0",
        NOTHING,
    ),
    Row("np.set_string_function(None)", "None", "numpy 2.0", NOTHING),
    Row("float(np.array([2.5])), int(np.array([[3]]))", "(2.5, 3)", "numpy 2.4"),
    Row("math.sqrt(np.array([4.0])), math.floor(np.array([2.5]))", "(2.0, 2)", "numpy 2.4"),
    Row("'%.1f %d' % (np.array([2.5]), np.array([3.0]))", "2.5 3", "numpy 2.4"),
    Row("float(np.mat([[3]]))", "3.0", "numpy 2.4"),
    Row("a = np.zeros(2); a[0] = np.array([5.0]); a", "[5. 0.]", "numpy 2.4"),
    Row("np.array([np.array([1.0]), 2.0])", "[1. 2.]", "numpy 1.24"),
    Row("np.array([[1, 2], [3]]).shape", "(2,)", "numpy 1.24"),
    Row("np.array([1, 2], copy=False)", "[1 2]", "numpy 2.0"),
    Row("np.array(np.ones(2), dtype=int, copy=False)", "[1 1]", "numpy 2.0"),
    Row("np.array([200, -1], dtype=np.int8)", "[-56  -1]", "numpy 2.0"),
    Row("np.arange(4).ptp(), np.float64(3).ptp()", "(np.int64(3), np.float64(0.0))", "numpy 2.0"),
    Row(
        "a = np.zeros((2, 2)); a.itemset((0, 1), 7); a.itemset(3, 8); a.tolist()",
        "[[0.0, 7.0], [0.0, 8.0]]",
        "numpy 2.0",
    ),
    Row("np.array([1], '<i2').newbyteorder().dtype.byteorder", ">", "numpy 2.0"),
    Row("np.array([1], 'u1').tostring()", "b'\\x01'", "numpy 2.3"),
    Row(
        "np.histogram([1, 2, 2], bins=2, normed=True)[0].tolist()",
        "[0.6666666666666666, 1.3333333333333333]",
        "numpy 1.24",
    ),
    Row("np.histogram([1, 2, 2], bins=2, normed=False)[0]", "[1 2]", "numpy 1.24"),
    Row("np.percentile([1, 2, 3], 50, interpolation='lower')", "2", "numpy 2.4"),
    Row("np.quantile([1, 2, 3], 0.5, interpolation='nearest')", "2", "numpy 2.4"),
    Row("np.reshape(np.ones(4), newshape=(2, 2)).shape", "(2, 2)", "numpy 2.4"),
    Row("np.sum(x for x in [1, 2])", "3", "numpy 2.4"),
    Row("np.vstack(x for x in [np.ones(2), np.ones(2)]).shape", "(2, 2)", "numpy 1.24"),
    Row("np.can_cast(1, np.int8), np.can_cast(300, np.int8)", "(True, False)", "numpy 2.0"),
    Row("np.fromstring(np.ones(2).tobytes())", "[1. 1.]", "numpy 2.3"),
    Row(
        "from numpy.lib.function_base import percentile; percentile([1, 3], 50)",
        "2.0",
        "numpy 2.0",
    ),
    Row("from numpy.linalg.linalg import norm; norm([3, 4])", "5.0", "numpy 2.4"),
    Row("from numpy.compat import long; long(3)", "3", "numpy 2.3"),
    Row(
        "np.core.numeric.ones(1), np.core.umath.sqrt(4)",
        "(array([1.]), np.float64(2.0))",
        "deprecated in numpy 2.0",
    ),
    Row(
        "import io; b = io.BytesIO(); np.save(b, np.array([None])); b.seek(0); np.load(b)",
        "[None]",
        "numpy 1.16.3",
    ),
)
_TORCH = (
    Row(
        "torch.symeig(torch.diag(torch.tensor([2., 1.])), eigenvectors=True)[0].tolist()",
        "[1.0, 2.0]",
        "torch 1.13",
    ),
    Row(
        "torch.eig(torch.diag(torch.tensor([2., 1.])))[0].tolist()",
        "[[2.0, 0.0], [1.0, 0.0]]",
        "torch 1.13",
    ),
    Row(
        "torch.diag(torch.tensor([2., 1.])).symeig().eigenvalues.tolist()",
        "[1.0, 2.0]",
        "torch 1.13",
    ),
    Row(
        "torch.solve(torch.ones(2, 1), 2 * torch.eye(2)).solution.flatten().tolist()",
        "[0.5, 0.5]",
        "torch 1.13",
    ),
    Row(
        "torch.lstsq(torch.ones(2, 1), 2 * torch.eye(2)).solution.flatten().tolist()",
        "[0.5, 0.5]",
        "torch 1.13",
    ),
    Row(
        "torch.gels(torch.ones(2, 1), torch.eye(2))[0].flatten().tolist()",
        "[1.0, 1.0]",
        "torch 1.2",
    ),
    Row(
        "torch.trtrs(torch.ones(2, 1), 2 * torch.eye(2))[0].flatten().tolist()",
        "[0.5, 0.5]",
        "torch 1.2",
    ),
    Row("torch.matrix_rank(torch.eye(2)).item()", "2", "torch 1.13"),
    Row("torch.qr(torch.eye(2))[0].abs().tolist()", "[[1.0, 0.0], [0.0, 1.0]]", "torch 2.13"),
    Row(
        "torch.cholesky(4 * torch.eye(1)).item(), (4 * torch.eye(1)).cholesky().item()",
        "(2.0, 2.0)",
        "torch 2.13",
    ),
    Row("torch.linspace(0, 1).numel(), torch.logspace(0, 1).numel()", "(100, 100)", "torch 1.11"),
    Row(
        "torch.linspace(0, 1, 3).tolist(), torch.linspace(0, 1, steps=2).tolist()",
        "([0.0, 0.5, 1.0], [0.0, 1.0])",
    ),
    Row(
        "torch.ones(2).masked_fill(torch.ByteTensor([1, 0]), 0).tolist()",
        "[0.0, 1.0]",
        "torch 2.0",
    ),
    Row(
        "torch.masked_select(torch.arange(2), torch.tensor([0, 1], dtype=torch.uint8)).tolist()",
        "[1]",
        "torch 2.0",
    ),
    Row(
        "torch.ones(2).masked_fill_(mask=torch.ByteTensor([0, 1]), value=5).tolist()",
        "[1.0, 5.0]",
        "torch 2.0",
    ),
    Row("torch.arange(3)[torch.ByteTensor([1, 0, 1])].tolist()", "[0, 2]"),
    Row("iter(torch.utils.data.DataLoader([1, 2])).next().item()", "1", "torch 1.13"),
    Row(
        "o = optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0); optim.lr_scheduler.StepLR(o, 1, verbose=True).get_last_lr()",
        "[1.0]",
        "torch 2.7",
    ),
    Row(
        "o = optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0); optim.lr_scheduler.ReduceLROnPlateau(o, 'min', verbose=True).mode",
        "min",
        "torch 2.7",
    ),
    Row("from torch._six import container_abcs, string_classes, inf; inf", "inf", "torch 1.13"),
    Row("torch.set_deterministic(False), torch.is_deterministic()", "(None, False)", "torch 1.11"),
    Row(
        "import io; b = io.BytesIO(); torch.save({'a': len}, b); b.seek(0); torch.load(b, map_location='cuda')['a'] is len",
        "True",
        "torch 2.6",
    ),
    Row("torch.autograd.Variable(torch.ones(2), volatile=True).tolist()", "[1.0, 1.0]"),
    Row(
        "torch.add(torch.ones(1), 2, torch.ones(1)).item(), torch.ones(1).addcmul_(2, torch.ones(1), torch.ones(1)).item()",
        "(3.0, 3.0)",
    ),
    Row("F.mse_loss(torch.ones(2), torch.zeros(2), size_average=False).item()", "2.0"),
    Row("nn.CrossEntropyLoss(reduce=True).reduction", "mean"),
    Row("torch.range(0, 2).tolist()", "[0.0, 1.0, 2.0]"),
    Row("torch.ones(2, 3, 4).T.shape", "torch.Size([4, 3, 2])"),
    Row("torch.tensor([-7]) // 2", "tensor([-4])"),
    Row("F.tanh(torch.zeros(1)).item(), F.sigmoid(torch.zeros(1)).item()", "(0.0, 0.5)"),
    Row("torch.quantization.get_default_qat_qconfig('qnnpack') is not None", "True"),
    Row(
        "torch.tensor([5.0]) >> 1, torch.tensor([-5.0]) >> 1, torch.tensor([1.5]) << 1",
        "(tensor([2.]), tensor([-3.]), tensor([3.]))",
    ),
)
_VISION = (
    Row(
        "transforms.Scale(4).size, transforms.RandomSizedCrop(4).size",
        "(4, (4, 4))",
        "torchvision 0.12",
    ),
    Row(
        "from PIL import Image; transforms.Resize(4, interpolation=2)(Image.new('L', (8, 8))).size",
        "(4, 4)",
    ),
    Row(
        "from PIL import Image; transforms.Resize(4, Image.ANTIALIAS)(Image.new('L', (8, 8))).size",
        "(4, 4)",
        "Pillow 10",
    ),
    Row(
        "from PIL import Image; transforms.RandomRotation(3, resample=False)(Image.new('L', (8, 8))).size",
        "(8, 8)",
        "torchvision 0.15",
    ),
    Row(
        "from PIL import Image; transforms.RandomRotation(3, resample=Image.BILINEAR)(Image.new('L', (8, 8))).size",
        "(8, 8)",
        "torchvision 0.15",
    ),
    Row(
        "from PIL import Image; transforms.RandomAffine(3, resample=2, fillcolor=0)(Image.new('L', (8, 8))).size",
        "(8, 8)",
        "torchvision 0.15",
    ),
    Row(
        "from PIL import Image; import torchvision.transforms.functional as TF; TF.rotate(Image.new('L', (8, 8)), 3, resample=2).size",
        "(8, 8)",
        "torchvision 0.15",
    ),
    Row(
        "from torchvision.transforms.functional_tensor import rgb_to_grayscale; rgb_to_grayscale(torch.ones(3, 2, 2)).shape",
        "torch.Size([1, 2, 2])",
        "torchvision 0.17",
    ),
    Row(
        "import torchvision; torchvision.utils.make_grid(torch.ones(2, 1, 2, 2), normalize=True, range=(0, 1)).shape",
        "torch.Size([3, 6, 10])",
        "torchvision 0.15",
    ),
    Row(
        "from torchvision.models.utils import load_state_dict_from_url; callable(load_state_dict_from_url)",
        "True",
        "torchvision 0.12",
    ),
    Row("from torchvision.models.resnet import model_urls; model_urls", "{}", "torchvision 0.13"),
    Row(
        "import torchvision; torchvision.models.resnet18(pretrained=False).fc.out_features", "1000"
    ),
)
_COMPILER = (
    Row("@torch.compile\ndef twice(x):\n    return 2 * x\ntwice(2)", "4"),
    Row("torch.compile(lambda x: -x, mode='max-autotune')(3)", "-3"),
    Row("torch.compile(dynamic=True)(abs)(-2)", "2"),
    Row("net = torch.nn.Linear(2, 3); net.compile(); net(torch.ones(2)).shape", "torch.Size([3])"),
    Row(
        "import torch; torch.compile(torch.nn.ReLU())(torch.tensor([-1.0, 2.0])).tolist()",
        "[0.0, 2.0]",
    ),
)
_GPU = (
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
_NOTEBOOK = (
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
_PLOTS = (
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
_FILES = (
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
_LIBRARIES = (
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
SECTIONS = (
    Section("Python", "Names and behaviour of Python since 3.6", _PYTHON),
    Section("numpy", "Names and behaviour of numpy since 1.18", _NUMPY),
    Section("torch", "Names and behaviour of torch since 1.4", _TORCH),
    Section("torchvision", "Names and behaviour of torchvision since 0.5, and Pillow's", _VISION),
    Section("Compiler", "torch.compile gives back what it is given", _COMPILER),
    Section("GPU", "A GPU, by whatever name, is the CPU", _GPU),
    Section("Notebooks", "What every notebook has", _NOTEBOOK),
    Section(
        "Plots", "Plots and logs are made and go nowhere; matplotlib's names since 3.2", _PLOTS
    ),
    Section(
        "Files",
        "What is written in the working folder is kept in memory while the code runs, and is gone"
        " afterwards; elsewhere nothing can be written, and no code",
        _FILES,
    ),
    Section("Libraries", "Installed by the extra `student`", _LIBRARIES),
)


@dataclass(frozen=True)
class Waiting:
    """An import, a line that needs it, and what the grader then says is missing."""

    statement: str
    use: str
    library: str
    name: str = ""  # where the library is here, but not what was wanted of it

    @property
    def said(self) -> str:
        if self.name:
            return f"the version of {self.library} that is installed here has no {self.name}"
        return f"{self.library} is not installed here"


WAITING = (
    Waiting("from lmfit.models import GaussianModel", "GaussianModel()", "lmfit"),
    Waiting("import cv2", "cv2.normalize(activations)", "cv2"),
    Waiting("import jax.numpy as jnp", "jnp.abs(activations)", "jax"),
    Waiting("pass", "import cupy; cupy.asarray(activations)", "cupy"),
    Waiting("from statsmodels.api import *", "OLS(activations)", "statsmodels"),
    Waiting("import numba\nfast = numba.njit(abs)", "fast(1)", "numba"),
    Waiting(
        "from scipy.misc import imresize", "imresize(activations, 2)", "scipy.misc", "imresize"
    ),
    Waiting("from scipy.integrate import simps", "simps(activations)", "scipy.integrate", "simps"),
    Waiting(
        "from sklearn.cross_validation import KFold", "KFold(2)", "sklearn", "cross_validation"
    ),
)
STRAY = ("import lmfit", "from turtle import xcor", "from cv2 import *")
