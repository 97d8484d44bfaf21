"""What students' code does every day: it has to work in the sandbox as it does outside."""

from __future__ import annotations

from dataclasses import dataclass

from grader.sandbox.processes.libraries import is_installed


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """A function without arguments, and the text that it returns wherever it runs."""

    about: str
    source: str
    returns: str


_STANDARD = (
    "abc argparse array ast base64 bisect calendar cmath collections concurrent.futures"
    " contextlib copy csv ctypes dataclasses datetime decimal difflib email.message enum"
    " fractions functools getpass gzip hashlib heapq html.parser inspect io itertools json"
    " locale logging.handlers math multiprocessing.pool numbers operator pathlib"
    " pickle platform pprint queue random re shutil statistics string struct subprocess"
    " tarfile tempfile textwrap threading time timeit traceback types typing unicodedata"
    " unittest.mock urllib.request uuid warnings xml.etree.ElementTree zipfile zlib"
)
_TORCH = (
    "numpy.linalg numpy.random torch.ao.quantization torch.autograd.functional"
    " torch.distributions torch.fx torch.jit torch.linalg torch.nn.functional torch.nn.init"
    " torch.nn.quantized torch.nn.utils.prune torch.onnx torch.optim.lr_scheduler torch.profiler"
    " torch.quantization torch.utils.data torch.utils.data.sampler torchvision.datasets"
    " torchvision.models torchvision.transforms torchvision.utils PIL.Image"
)
_IMPORTS = """\
def answer():
    import importlib
    failed = []
    for module in MODULES:
        try:
            importlib.import_module(module)
        except Exception as error:
            failed.append(f"{module} ({type(error).__name__})")
    return ", ".join(failed)
"""


def _imports(modules: str) -> str:
    """Return a program that imports those of *modules* that are installed here."""
    return _IMPORTS.replace("MODULES", repr([*filter(is_installed, modules.split())]))


EVERYDAY = (
    SelfTest(
        about="names in Chinese and in full-width letters",
        source="""\
def answer():
    最大值 = max(-3, 2, key=abs)
    \uff53\uff43\uff41\uff4c\uff45 = 127 / abs(最大值)
    return f"{scale:.4f}"
""",
        returns="42.3333",
    ),
    SelfTest(
        about="characters by name",
        source=r"""
def answer():
    return "\N{GREEK SMALL LETTER PI}" + eval(r"'\N{CJK UNIFIED IDEOGRAPH-91CF}'")
""",
        returns="π量",
    ),
    SelfTest(
        about="codecs",
        source="""\
def answer():
    names = ("big5", "cp950", "gb18030", "shift_jis", "utf-16-be")
    coded = ["量化".encode(name).hex() for name in names]
    return " ".join([*coded, "bücher".encode("idna").decode()])
""",
        returns="b671a4c6 b671a4c6 c1bfbbaf 97ca89bb 91cf5316 xn--bcher-kva",
    ),
    SelfTest(
        about="dates",
        source="""\
def answer():
    import datetime
    moment = datetime.datetime.strptime("05 Mar 2021 23:59", "%d %b %Y %H:%M")
    return f"{moment.isoformat()} {moment:%A}"
""",
        returns="2021-03-05T23:59:00 Friday",
    ),
    SelfTest(
        about="regular expressions",
        source="""\
def answer():
    import re
    found = re.findall(r"\\w+", "權重 n_w1 = 0.5, Größe")
    return "|".join(found) + re.sub(r"(?i)STRASSE|ÉTÉ", "-", "été")
""",
        returns="權重|n_w1|0|5|Größe-",
    ),
    SelfTest(
        about="digests and decimals",
        source="""\
def answer():
    import decimal, hashlib
    return hashlib.sha256().hexdigest()[:16] + str(decimal.Decimal(1) / 7)[:10]
""",
        returns="e3b0c44298fc1c140.14285714",
    ),
    SelfTest(
        about="the source of one's own function",
        source="""\
def answer():
    import inspect
    return inspect.getsource(answer)[:3]
""",
        returns="def",
    ),
    SelfTest(
        about="an integer convolution",
        source="""\
def answer():
    images = torch.arange(25.0).reshape(1, 1, 5, 5) - 12
    layer = nn.Conv2d(1, 1, 3, bias=False)
    layer.weight.data = torch.arange(9.0).reshape(1, 1, 3, 3)
    return " ".join(f"{x:.0f}" for x in F.max_pool2d(layer(images).relu(), 3).flatten())
""",
        returns="312",
    ),
    SelfTest(
        about="a step of training",
        source="""\
def answer():
    layer = nn.Linear(2, 1)
    nn.init.ones_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimizer = optim.SGD(layer.parameters(), lr=0.5)
    nn.MSELoss()(layer(torch.ones(1, 2)), torch.zeros(1, 1)).backward()
    optimizer.step()
    return str([*layer.weight.detach().flatten().tolist(), layer.bias.item()])
""",
        returns="[-1.0, -1.0, -2.0]",
    ),
    SelfTest(
        about="torch's own quantization",
        source="""\
def answer():
    quantized = torch.quantize_per_tensor(torch.tensor([0.0, 1.0, -9.0]), 0.5, 0, torch.qint8)
    return str(quantized.int_repr().tolist())
""",
        returns="[0, 2, -18]",
    ),
    SelfTest(
        about="an image's transforms",
        source="""\
def answer():
    from PIL import Image
    chain = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    return str(chain(Image.new("L", (2, 1), 255)).tolist())
""",
        returns="[[[1.0, 1.0]]]",
    ),
    SelfTest(
        about="a plot that is drawn and not shown",
        source="""\
def answer():
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots()
    counts, _, _ = axes.hist([-1.0, 0.0, 0.0, 1.0], bins=3)
    axes.set_title("權重 $n_{w1}$")
    figure.canvas.draw()
    plt.show()
    plt.close("all")
    return " ".join(f"{count:.0f}" for count in counts)
""",
        returns="1 2 1",
    ),
    SelfTest(
        about="imports from the standard library",
        source=_imports(_STANDARD),
        returns="",
    ),
    SelfTest(
        about="imports of torch, torchvision and numpy",
        source=_imports(_TORCH),
        returns="",
    ),
)
