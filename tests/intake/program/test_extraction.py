"""The statements that the asked names rest on are taken, in order, and no others."""

from __future__ import annotations
import __future__

import re

import pytest

from grader.intake.model import Place, Problem, ProblemKind, Program
from grader.intake.program.extraction import extract
from tests.intake.notebooks import cells_of


def sources(*cells: str, names: tuple[str, ...] = ("f",)) -> list[str]:
    return [fragment.source for fragment in extract(cells_of(*cells), names).fragments]


def problems(program: Program, kind: ProblemKind) -> list[Problem]:
    return [problem for problem in program.problems if problem.kind is kind]


F = "def f(): return x"
# What stands before ``f`` in one cell, and what of it must be taken.
TAKEN = {
    "assignment": (["x = 1"], ["x = 1"]),
    "annotated": (["x: int = 1"], ["x: int = 1"]),
    "unpacking": (["(x, *y), z = make()"], ["(x, *y), z = make()"]),
    "walrus": (["print(x := 5)"], ["print(x := 5)"]),
    "augmented": (["x = 1", "x += 1"], ["x = 1", "x += 1"]),
    "reads itself": (["x = 1", "x = x * 2"], ["x = 1", "x = x * 2"]),
    "last wins": (["x = 1", "x = 2"], ["x = 2"]),
    "conditional hides nothing": (["x = 1", "if y:\n    x = 2"], ["x = 1", "if y:\n    x = 2"]),
    "both branches hide": (
        ["x = 1", "if y:\n    x = 2\nelse:\n    x = 3"],
        ["if y:\n    x = 2\nelse:\n    x = 3"],
    ),
    "try with handler": (
        ["x = 1", "try:\n    import x\nexcept ImportError:\n    x = None"],
        ["try:\n    import x\nexcept ImportError:\n    x = None"],
    ),
    "with": (["with a() as x:\n    pass"], ["with a() as x:\n    pass"]),
    "for": (["for x in range(3):\n    pass"], ["for x in range(3):\n    pass"]),
    "while": (["while a():\n    x = 1"], ["while a():\n    x = 1"]),
    "match": (["match 1:\n    case x:\n        pass"], ["match 1:\n    case x:\n        pass"]),
    "import": (["import x"], ["import x"]),
    "import as": (["import a.b as x, c as d"], ["import a.b as x"]),
    "from import": (["from a import (\n  b,\n  c as x,\n)"], ["from a import c as x"]),
    "submodules": (
        ["import x.a", "import x.b", "import x"],
        ["import x.a", "import x.b", "import x"],
    ),
    "class": (["class x: pass"], ["class x: pass"]),
    "lambda": (["x = lambda y: y"], ["x = lambda y: y"]),
    "decorated": (["@a\n@b(1)\ndef x(): pass"], ["@a\n@b(1)\ndef x(): pass"]),
    "async": (["async def x(): pass"], ["async def x(): pass"]),
    "item set": (["x = {}", "x['a'] = 1"], ["x = {}", "x['a'] = 1"]),
    "attribute set": (["class x: pass", "x.a = 1"], ["class x: pass", "x.a = 1"]),
    "setattr": (["class x: pass", "setattr(x, 'a', 1)"], ["class x: pass", "setattr(x, 'a', 1)"]),
    "changed before its last definition": (["x = []", "x[0] = 1", "x = [2]"], ["x = [2]"]),
    "semicolons": (["a = 1; x = 2; b = 3"], ["x = 2"]),
    "semicolons after Chinese": (["a = '量化'; x = '量'; b = 3"], ["x = '量'"]),
    "chain": (["a = 1", "b = a", "x = b", "c = a"], ["a = 1", "b = a", "x = b"]),
    "as it stood": (["q = 1", "x = m(q)", "q = 2"], ["q = 1", "x = m(q)"]),
    "function used early": (
        ["q = 1", "def m(): return q", "x = m()", "q = 2"],
        ["q = 1", "def m(): return q", "x = m()", "q = 2"],
    ),
    "expression statement": (
        ["x = []", "x.append(1)", "print(x)", "x.index(1)", "assert 0"],
        ["x = []", "x.append(1)"],
    ),
    "bare annotation": (["x = 1", "x: int"], ["x = 1", "x: int"]),
    "loop variable of its own": (
        ["i = 5", "for i in a():\n    x = i"],
        ["for i in a():\n    x = i"],
    ),
    "loop that goes on counting": (
        ["x = 5", "for i in a():\n    x = x + i"],
        ["x = 5", "for i in a():\n    x = x + i"],
    ),
    "plain instances": (
        ["class Net: pass", "x = Net().to(device)"],
        ["class Net: pass", "x = Net().to(device)"],
    ),
    "loss and device": (["x = nn.CrossEntropyLoss(), torch.device('cpu')"],) * 2,
    "alias of a training function": (
        ["def t(l): l.backward()", "x = t"],
        ["def t(l): l.backward()", "x = t"],
    ),
}


@pytest.mark.parametrize(("before", "taken"), TAKEN.values(), ids=TAKEN.keys())
def test_what_a_name_rests_on_is_taken(before: list[str], taken: list[str]) -> None:
    """The statements taken are exactly those that give ``x`` its value, in source order."""
    assert sources("\n".join([*before, F])) == [*taken, F]


# A definition of ``f``, and whether it reads the module's ``x``.
READS = {
    "body": ("def f(): return x", True),
    "parameter": ("def f(x): return x", False),
    "default": ("def f(a=x): return a", True),
    "keyword default": ("def f(*, a=x): return a", True),
    "decorator": ("@x\ndef f(): pass", True),
    "annotation": ("def f(a: x) -> int: pass", True),
    "return annotation": ("def f() -> x: pass", True),
    "quoted annotation": ("def f(a: 'x') -> int: pass", True),
    "quoted in a list": ("def f(a: List['x']): pass", True),
    "plain string": ("def f(): return 'x'", False),
    "local": ("def f():\n    x = 1\n    return x", False),
    "local by loop": ("def f():\n    for x in []: pass\n    return x", False),
    "local by with": ("def f():\n    with a() as x: return x", False),
    "local by except": ("def f():\n    try: pass\n    except E as x: return x", False),
    "local by import": ("def f():\n    import x.y\n    return x", False),
    "local by match": ("def f(a):\n    match a:\n        case [x, *_]: return x", False),
    "local by walrus in comprehension": ("def f():\n    [x := y for y in a]\n    return x", False),
    "global": ("def f():\n    global x\n    x += 1", True),
    "nested function": ("def f():\n    def g(): return x\n    return g", True),
    "closure": ("def f():\n    x = 1\n    def g(): return x\n    return g", False),
    "nonlocal": ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x += 1", False),
    "lambda": ("f = lambda y: x", True),
    "lambda parameter": ("f = lambda x: x", False),
    "comprehension": ("def f(): return [x for y in []]", True),
    "comprehension target": ("def f(): return [x for x in []]", False),
    "comprehension source": ("def f(): return [x for x in x]", True),
    "second generator": ("def f(): return {a: b for a in [] for b in x}", True),
    "condition": ("def f(): return (a for a in [] if x)", True),
    "target does not leak": ("def f():\n    [x for x in []]\n    return x", True),
    "base class": ("class f(x): pass", True),
    "metaclass": ("class f(metaclass=x): pass", True),
    "class body": ("class f:\n    a = x", True),
    "class attribute": ("class f:\n    x = 1\n    y = x", False),
    "class attribute in a method": ("class f:\n    x = 1\n    def g(self): return x", True),
    "class attribute from itself": ("class f:\n    x = x", True),
    "method": ("class f:\n    def g(self): return x", True),
    "attribute of that name": ("def f(self): return self.x", False),
    "keyword of that name": ("def f(): return g(x=1)", False),
    "f-string": ("def f(): return f'{x:>{w}}'", True),
}


@pytest.mark.parametrize(("definition", "reads"), READS.values(), ids=READS.keys())
def test_free_names_are_found(definition: str, reads: bool) -> None:
    """A definition takes ``x`` along where it reads the module's, and only there."""
    assert ("x = 1" in sources("x = 1", definition)) is reads


# Statements that bind ``x``, and why they must not run.
NOT_RUN = {
    "training": "x = train(net)",
    "training further down": "x = outer()",
    "optimizer": "x = optim.SGD(net.parameters(), lr=0.001)",
    "optimizer by its own name": "from torch.optim import Adam as A\nx = A([])",
    "data set": "x = torchvision.datasets.CIFAR10(root='.', download=True)",
    "loader": "x = torch.utils.data.DataLoader(t)",
    "batch": "loader = DataLoader(t)\nx, y = next(iter(loader))",
    "plot": "for x in w:\n    plt.hist(x)",
    "plot by another alias": "import matplotlib.pyplot as P\nfor x in w:\n    P.hist(x)",
    "download": "x = urllib.request.urlretrieve(u)",
    "drive": "from google.colab import drive\nx = drive.mount('/content')",
    "upload": "from google.colab import files\nx = files.upload()",
    "file": "x = open('a')",
    "with file": "with open('a') as g:\n    x = g.read()",
    "checkpoint": "x = torch.load('a.pth')",
    "numbers": "import numpy as N\nx = N.loadtxt('a')",
    "input": "x = input('?')",
    "shell": "x = os.system('ls')",
    "process": "x = subprocess.run(['ls'])",
    "magic": "x = !ls -l 'a",
    "loop": "for i in range(2):\n    x = loss.backward()",
    "method of the student": "class T:\n    def go(self): l.backward()\nx = T().go()",
    "constructor": "class T:\n    def __init__(s): s.go()\n    def go(s): l.backward()\nx = T()",
    "constructor of the base": (
        "class B:\n    def __init__(self): l.backward()\nclass T(B): pass\nx = T()"
    ),
    "comprehension": "x = [train(n) for n in nets]",
}
HELPERS = "def train(n): loss.backward()\ndef outer(): return inner()\ndef inner(): train(1)"


@pytest.mark.parametrize("statement", NOT_RUN.values(), ids=NOT_RUN.keys())
def test_statements_that_train_or_wait_are_not_run(statement: str) -> None:
    """The binding is left out, and a problem says so at its line."""
    cells = cells_of(HELPERS, statement, F)

    program = extract(cells, ["f"])

    assert [fragment.source for fragment in program.fragments] == [F]
    (problem,) = problems(program, ProblemKind.SKIPPED_STATEMENT)
    assert re.match(r"the statement that sets .*\bx\b.* is not run \(", str(problem.message))
    assert problem.place is not None
    assert problem.place.cell == 2


def test_skipped_statement_says_why() -> None:
    """The reason stands in the message."""
    program = extract(cells_of("x = torch.load('a')", F), ["f"])

    assert str(program.problems[0].message) == "the statement that sets x is not run (files)"


def test_skipped_need_is_named() -> None:
    """A statement skipped for what it needs names that."""
    program = extract(cells_of("t = DataLoader(d)\nx = len(t)", F), ["f"])

    assert "needs t, which is not run" in str(program.problems[0].message)


def test_skipped_statement_does_not_hide_what_stood_before() -> None:
    """As training never runs, the untrained network is what counts."""
    cells = ["x = Net()", "x = torch.load('a.pth')", F]

    assert sources(*cells) == ["x = Net()", F]


def test_unneeded_statements_make_no_problems() -> None:
    """Training that nothing asked for rests on is no one's business."""
    program = extract(cells_of("y = torch.load('a')", "def f(): pass\ndef f(): pass"), ["g"])

    assert program.problems == ()


def test_functions_that_plot_are_taken_when_only_called_later() -> None:
    """Defining a function that plots does nothing yet."""
    plotting = "def x(): plt.show()"

    assert sources(plotting, F) == [plotting, F]


@pytest.mark.parametrize(
    "change",
    [
        "f.forward = g",
        "f.forward = staticmethod(g)",
        "setattr(f, 'forward', g)",
        "f = wrap(f, g)",
        "for n in ['a']:\n    setattr(f, n, g)",
    ],
)
def test_monkeypatches_are_taken(change: str) -> None:
    """A change after the definition counts, with what it uses."""
    cells = ["class f: pass", "def g(self): return 1", change]

    assert sources(*cells) == cells


def test_second_definition_counts() -> None:
    """The last one is taken; a problem tells how many there are and where the last one stands."""
    program = extract(cells_of("def f(): return 1", "def f(): return 2"), ["f"])

    assert [fragment.source for fragment in program.fragments] == ["def f(): return 2"]
    (problem,) = problems(program, ProblemKind.DUPLICATE_DEFINITION)
    assert str(problem.message) == "f is defined 2 times; the last one counts (cell 2, line 1)"


def test_second_method_in_a_class_counts() -> None:
    """Python keeps the last method of a name, so a problem tells which."""
    program = extract(cells_of("class f:\n    def g(): pass\n    @d\n    def g(): pass"), ["f"])

    assert [str(problem.message) for problem in program.problems] == [
        "f.g is defined 2 times; the last one counts (cell 1, line 3)"
    ]


def test_property_setters_are_no_duplicates() -> None:
    """A getter and its setter bear the same name on purpose."""
    code = "class f:\n    @property\n    def g(s): pass\n    @g.setter\n    def g(s, v): pass"

    assert extract(cells_of(code), ["f"]).problems == ()


def test_read_before_definition_is_told() -> None:
    """Cells run out of order are taken in order, with a problem at the one that reads."""
    program = extract(cells_of("y = x + 1", "x = 1", "def f(): return y"), ["f"])

    (problem,) = problems(program, ProblemKind.USED_BEFORE_DEFINITION)
    assert str(problem.place) == "cell 1, line 1"
    assert str(problem.message).startswith("x is read here")
    assert len(program.fragments) == 3


def test_stray_imports_are_not_taken() -> None:
    """An import that fails and that nothing reads is left out."""
    assert sources("from turtle import xcor, x\nimport nothing", F) == ["from turtle import x", F]


def test_star_imports_serve_unknown_names() -> None:
    """A star import may bind what nothing else does."""
    assert sources("from math import *", F) == ["from math import *", F]


def test_star_imports_may_replace_builtins() -> None:
    """``max`` after ``from torch import *`` is torch's."""
    code = "def f(a): return max(a)"

    assert sources("from torch import *", code) == ["from torch import *", code]


def test_star_imports_are_left_out_where_all_is_known() -> None:
    """Nothing is imported that is not needed."""
    assert sources("from turtle import *\nx = 1", F) == ["x = 1", F]


def test_names_of_the_prelude_are_unresolved() -> None:
    """Names that nobody defines are listed, builtins are not."""
    program = extract(cells_of("def f(w): return torch.clamp(w, min(QMIN, 1), len(w))"), ["f"])

    assert program.unresolved == ("QMIN", "torch")


def test_missing_names_are_listed() -> None:
    """Asked names that nothing defines come back in the order asked."""
    program = extract(cells_of("def f(): pass"), ["g", "f", "h"])

    assert program.missing == ("g", "h")


def test_places_of_names_and_methods() -> None:
    """A class, its methods and what is put on it later each have a place of their own."""
    code = "# form\n@d\nclass f:\n    a = 1\n    @staticmethod\n    def g(): pass"
    program = extract(cells_of("", code, "f.h = len"), ["f"])

    assert {name: (place.cell, place.line) for name, place in program.defined.items()} == {
        "f": (2, 2),
        "f.g": (2, 5),
        "f.h": (3, 1),
    }


def test_fragment_compiles_to_its_own_lines() -> None:
    """With the newlines in front, a traceback shows the line of the student's cell."""
    (fragment,) = extract(cells_of("#@title 表單\nx = 1\n\ndef f():\n    pass\n"), ["f"]).fragments

    assert (fragment.line, fragment.place) == (4, Place(file="hw1_b01.ipynb", cell=1, line=4))
    assert fragment.defines == ("f",)


def test_future_annotations_are_a_compile_flag() -> None:
    """``from __future__ import annotations`` holds for every fragment."""
    code = "from __future__ import annotations, division"

    assert extract(cells_of(code, F), ["f"]).compile_flags == __future__.annotations.compiler_flag


def test_without_future_imports_there_are_no_flags() -> None:
    """Other future imports change nothing any more."""
    assert extract(cells_of("from __future__ import division", F), ["f"]).compile_flags == 0


def test_name_in_two_cells_is_taken_from_the_later() -> None:
    """Cells are one program, from top to bottom."""
    program = extract(cells_of("x = 1", F, "x = 2"), ["f"])

    assert [fragment.cell for fragment in program.fragments] == [2, 3]


def test_recursive_functions_end() -> None:
    """Functions that call each other are taken once each."""
    assert len(sources("def f(): return g()", "def g(): return f()")) == 2


def test_no_cells_give_no_program() -> None:
    """An empty notebook defines nothing."""
    assert extract([], ["f"]).missing == ("f",)
