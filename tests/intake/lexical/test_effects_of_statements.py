"""Statements that change what a function needs run before it, whatever form they have."""
# ruff: noqa: E501  a cell stays on one line

from __future__ import annotations

import pytest

from grader.intake.program.extraction import extract
from tests.intake.notebooks import cells_of
from tests.intake.running import called, returned

F = "def f():\n    return limits['top']"
METHOD = "class Net:\n    pass\n\ndef f():\n    return Net().forward(2)"

# Each notebook's f() returns 3.
CHANGES = {
    "a dict's method": ["limits = {}", "limits.update(top=3)", F],
    "after the function": [F, "limits = {}", "limits.update(top=3)"],
    "an item": ["limits = {}", "limits['top'] = 3", F],
    "a list's method": ["levels = []", "levels.append(3)", "def f():\n    return levels[0]"],
    "a method of the type": ["v = []", "list.append(v, 3)", "def f():\n    return v[0]"],
    "a chain of methods": [
        "table = {}",
        "table.setdefault('a', []).append(3)",
        "def f():\n    return table['a'][0]",
    ],
    "an alias": ["limits = {}", "same = limits", "same.update(top=3)", F],
    "two names at once": ["limits = same = {}", "same['top'] = 3", F],
    "a part under another name": [
        "class A:\n    rows = {}\nbox = A()",
        "rows = box.rows",
        "rows['top'] = 3",
        "def f():\n    return box.rows['top']",
    ],
    "an alias that is read": ["same = {}", "limits = same", "same.update(top=3)", F],
    "a loop": ["limits = {}", "for key in ['low', 'top']:\n    limits[key] = 3", F],
    "a loop over objects": [
        "a, limits = {}, {}",
        "for each in (a, limits):\n    each.update(top=3)",
        F,
    ],
    "a block": ["limits = {}", "if True:\n    limits.update(top=3)", F],
    "a try": ["limits = {}", "try:\n    limits.update(top=3)\nexcept KeyError:\n    pass", F],
    "a with": ["import torch\nlimits = {}", "with torch.no_grad():\n    limits['top'] = 3", F],
    "a function that sets a global": [
        "def setup():\n    global limits\n    limits = {'top': 3}",
        "setup()",
        F,
    ],
    "a function that calls one": [
        "def inner():\n    global limits\n    limits = {'top': 3}",
        "def setup():\n    inner()",
        "setup()",
        F,
    ],
    "a function that changes a global": [
        "limits = {}\ndef put(key, value):\n    limits[key] = value",
        "put('top', 3)",
        F,
    ],
    "a function that changes its argument": [
        "limits = {}\ndef fill(table):\n    table.update(top=3)",
        "fill(limits)",
        F,
    ],
    "a function's result beside": [
        "def setup():\n    global limits\n    limits = {'top': 3}\n    return 1",
        "x = setup()",
        F,
    ],
    "a constructor that sets a global": [
        "class Setup:\n    def __init__(self):\n        global limits\n        limits = {'top': 3}",
        "Setup()",
        F,
    ],
    "a method that changes its object": [
        "class Limits(dict):\n    def top_is(self, n):\n        self['top'] = n",
        "limits = Limits()",
        "limits.top_is(3)",
        F,
    ],
    "the namespace": ["globals()['limits'] = {'top': 3}", F],
    "the namespace, updated": ["globals().update(limits={'top': 3})", F],
    "the namespace, by computed names": [
        "for name in ['limits']:\n    globals()[name] = {'top': 3}",
        F,
    ],
    "a function within one that sets a global": [
        "def outer():\n    def inner():\n        global limits\n        limits = {'top': 3}\n    inner()",
        "outer()",
        F,
    ],
    "a text that is executed": ["exec('limits = {\"top\": 3}')", F],
    "texts that are made and executed": [
        "for name, value in [('top', 3)]:\n    exec(f'{name} = {value}')",
        "def f():\n    return top",
    ],
    "a text executed in a dict": ["limits = {}", "exec('top = 3', limits)", F],
    "the namespace, read by a key": [
        "globals()['top'] = 3",
        "def f():\n    return globals()['top']",
    ],
    "the namespace, asked for a key": ["top = 3", "def f():\n    return globals().get('top', 1)"],
    "a deleted item": ["limits = {'top': 3, 0: 4}", "del limits[0]", "def f():\n    return sum(limits.values())"],
    "a walrus": ["print(limits := {'top': 3})", F],
    "an augmented list": ["v = [1]", "v += [2]", "def f():\n    return sum(v)"],
    "an augmented alias": ["v = [1]", "w = v", "w += [2]", "def f():\n    return sum(v)"],
    "an option of argparse": [
        "import argparse\nparser = argparse.ArgumentParser()",
        "parser.add_argument('--top', type=int, default=3)",
        "args = parser.parse_args()",
        "def f():\n    return args.top",
    ],
    "a group of options": [
        "import argparse\nparser = argparse.ArgumentParser()",
        "group = parser.add_argument_group('ranges')",
        "group.add_argument('--top', type=int, default=3)",
        "args, rest = parser.parse_known_args()",
        "def f():\n    return args.top",
    ],
    "a registry": [
        "known = {}\ndef register(function):\n    known[function.__name__] = function\n    return function",
        "@register\ndef three():\n    return 3",
        "def f():\n    return known['three']()",
    ],
    "a method for a library's class": [
        "import torch.nn as nn\ndef top(self):\n    return 3\nnn.Module.top = top",
        "import torch.nn as nn\nclass Net(nn.Module):\n    pass",
        "def f():\n    return Net().top()",
    ],
    "a method for a class that is not named": [
        "import torch\nsetattr(torch.Tensor, 'top', lambda self: 3)",
        "from torch import ones\ndef f():\n    return ones(1).top()",
    ],
    "a plot's axes": [
        "import matplotlib.pyplot as plt\nfig, axes = plt.subplots(1, 3)",
        "def f():\n    axes[0].hist([1, 2])\n    return len(axes)",
    ],
    "a log of training": [
        "from torch.utils.tensorboard import SummaryWriter\nwriter = SummaryWriter('runs')",
        "def f():\n    writer.add_scalar('scale', 1.0, 0)\n    return 3",
    ],
    "a class that its base registers": [
        "known = {}\nclass Base:\n    def __init_subclass__(cls):\n        known[cls.__name__] = cls",
        "class Three(Base):\n    value = 3",
        "def f():\n    return known['Three'].value",
    ],
    "a class that its metaclass registers": [
        "known = []\nclass Meta(type):\n    def __init__(cls, *given):\n        known.append(cls)",
        "class Three(metaclass=Meta):\n    value = 3",
        "def f():\n    return known[0].value",
    ],
    "a case of a generic function": [
        "from functools import singledispatch\n@singledispatch\ndef top(x):\n    return 1",
        "@top.register\ndef _(x: int):\n    return 3",
        "def f():\n    return top(0)",
    ],
    "a method by assignment": [METHOD, "Net.forward = lambda self, x: x + 1"],
    "a method by setattr": [METHOD, "def go(self, x):\n    return x + 1", "setattr(Net, 'forward', go)"],
    "methods by a loop": [
        METHOD,
        "def go(self, x):\n    return x + 1",
        "for name in ['forward']:\n    setattr(Net, name, go)",
    ],
    "a method by a decorator": [
        METHOD,
        "def add_to_class(owner):\n    def put(function):\n        setattr(owner, function.__name__, function)\n    return put",
        "@add_to_class(Net)\ndef forward(self, x):\n    return x + 1",
    ],
    "a method by its annotation": [
        METHOD,
        "def patch(function):\n    owner = next(iter(function.__annotations__.values()))\n    setattr(owner, function.__name__, function)\n    return function",
        "@patch\ndef forward(self: Net, x):\n    return x + 1",
    ],
    "a library's function that changes its argument": [
        "import heapq\nv = [4, 3]",
        "heapq.heapify(v)",
        "def f():\n    return v[0]",
    ],
    "a statement that fails beside": [
        "limits = {'top': 3}",
        "limits.update(1, 2, 3)",
        F,
    ],
}  # fmt: skip


@pytest.mark.parametrize("cells", CHANGES.values(), ids=CHANGES.keys())
def test_what_changes_a_needed_object_runs(cells: list[str]) -> None:
    """The function finds what the notebook's author found."""
    assert returned(cells) == 3


# Blocks that do more than what f() needs; each f() returns 3.
BLOCKS = {
    "a guard with training": [
        "if __name__ == '__main__':\n    limits = {'top': 3}\n    train(net)\n    loss.backward()",
        F,
    ],
    "a try around a mount": [
        "try:\n    from google.colab import drive\n    drive.mount('/content/drive')\n    limits = {'top': 3}\nexcept ImportError:\n    limits = {'top': 4}",
        F,
    ],
    "a nested block": [
        "import torch\nwith torch.no_grad():\n    if True:\n        limits = {\n            'top': 3}\n        plt.plot(\n            limits)",
        F,
    ],
    "what rests on a loader": [
        "loader = torch.utils.data.DataLoader([])",
        "if True:\n    limits = {'top': 3}\n    first = next(iter(loader))",
        F,
    ],
    "a comment behind": ["if True:\n    limits = {'top': 3}\n    plt.show()  # see", F],
}  # fmt: skip


@pytest.mark.parametrize("cells", BLOCKS.values(), ids=BLOCKS.keys())
def test_a_block_runs_without_what_must_not_run(cells: list[str]) -> None:
    """Training, mounts and plots beside a definition do not keep it from running."""
    assert returned(cells) == 3


def test_lines_stay_right_in_a_block_without_its_plots() -> None:
    """What is left out leaves its lines behind."""
    cell = "if True:\n    plt.plot(\n        1)\n    def f():\n        return 1 / 0"

    error = called([cell]).error
    assert error is not None
    assert error.line == 5


KEPT_OUT = {
    "the wanted name itself": "if True:\n    limits = json.load(open('a.json'))\n    x = 1",
    "the block's own head": "with open('a.json') as file:\n    limits = {'top': 3}",
    "one line for both": "if True: limits = {'top': 3}; plt.plot(1)",
}


@pytest.mark.parametrize("cell", KEPT_OUT.values(), ids=KEPT_OUT.keys())
def test_a_block_that_cannot_be_taken_apart_does_not_run(cell: str) -> None:
    """It is said to be left out, as a statement of its own is."""
    program = extract(cells_of(cell, F), ["f"])

    assert [fragment.defines for fragment in program.fragments] == [("f",)]
    assert program.not_run["f"]


# None of the statements in the last cell is run for f.
LEFT_ALONE = {
    "training": ["def f():\n    return net", "net = []", "for _ in net:\n    loss.backward()\n    net.append(1)"],
    "a loader": ["def f():\n    return v", "v = []", "v.extend(torch.utils.data.DataLoader(v))"],
    "a plot": ["def f():\n    return v", "v = []", "for x in v:\n    plt.plot(x)\n    v.append(x)"],
    "a file": ["def f():\n    return v", "v = {}", "v.update(json.load(open('a.json')))"],
    "a download": ["def f():\n    return v", "v = []", "v.append(requests.get('x'))"],
    "another object": ["def f():\n    return v", "v, w = [], []", "w.append(3)"],
    "a statement that shows": ["def f():\n    return v", "v = {}", "v.keys()"],
    "a library's state": ["import torch\ndef f():\n    return torch", "", "torch.manual_seed(0)"],
    "a function that only reads": ["def show(x):\n    print(x.top)\ndef f():\n    return v", "v = {}", "show(v)"],
    "a method of a class": ["class A:\n    @staticmethod\n    def m(x):\n        return x\ndef f():\n    return A", "", "A.m(3)"],
    "a name that is deleted": ["def f():\n    return v", "v = 3", "del v"],
}  # fmt: skip


@pytest.mark.parametrize("cells", LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_what_has_effects_or_changes_nothing_does_not_run(cells: list[str]) -> None:
    """Training, loading and showing is left out, and so is what nobody needs."""
    taken = [fragment.source for fragment in extract(cells_of(*cells), ["f"]).fragments]

    assert cells[-1] not in taken


def test_what_was_left_out_is_told_by_name() -> None:
    """A statement that would change what a function rests on is kept for the error's words."""
    cells = ["limits = {}", "limits.update(json.load(open('limits.json')))", F, "g = 1"]
    program = extract(cells_of(*cells), ["f", "g"])

    (left_out,) = program.not_run["f"]
    assert "limits.update" in left_out.code
    assert str(left_out.place) == "cell 2, line 1"
    assert str(left_out.effect) == "files"
    assert "g" not in program.not_run


def test_a_method_put_in_from_outside_has_its_place() -> None:
    """Excerpts and findings point at the method, not at the class that it was put into."""
    cells = ["class Net:\n    pass", "@put(Net)\ndef forward(self, x):\n    return x"]
    program = extract(cells_of(*cells), ["Net"])

    assert str(program.defined["Net.forward"]) == "cell 2, line 1"
