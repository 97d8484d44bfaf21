"""What a student's objects become on their way out, and the grader's on their way in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from grader.sandbox.calls.replies import Observation
from grader.sandbox.protocol import Value, identical, like

Evaluate = Callable[..., Observation]


@pytest.mark.parametrize(
    ("text", "kind", "type_name", "dtype"),
    [
        ("None", "none", "NoneType", None),
        ("True", "bool", "bool", None),
        ("3", "int", "int", None),
        ("2.5", "float", "float", None),
        ("'a'", "str", "str", None),
        ("np.float64(2)", "scalar", "numpy.float64", "float64"),
        ("np.int8(2)", "scalar", "numpy.int8", "int8"),
        ("np.zeros((2, 3), 'f4')", "array", "numpy.ndarray", "float32"),
        ("np.zeros(3, '>f4')", "array", "numpy.ndarray", "float32"),
        ("torch.zeros(2)", "tensor", "torch.Tensor", "float32"),
        ("torch.zeros(2, dtype=torch.bfloat16)", "tensor", "torch.Tensor", "bfloat16"),
        ("nn.Parameter(torch.zeros(2))", "tensor", "torch.Parameter", "float32"),
        ("(1, 2.0)", "tuple", "tuple", None),
        ("[1]", "list", "list", None),
        ("{'a': 1}", "dict", "dict", None),
        ("object()", "other", "object", None),
        ("1j", "other", "complex", None),
        ("lambda: 0", "other", "function", None),
    ],
)
def test_every_kind_of_value_is_told_apart(
    evaluate: Evaluate, text: str, kind: str, type_name: str, dtype: str | None
) -> None:
    """A value comes back with its kind, its type's name and its dtype."""
    value = evaluate(text).value

    assert value is not None
    assert (value.kind, value.type_name, value.dtype) == (kind, type_name, dtype)


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("torch.zeros(2, device='meta')", "meta"),
        ("torch.eye(2).to_sparse()", "sparse"),
        ("torch.zeros(2, dtype=torch.complex64)", "complex64"),
        ("torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)", "qint8"),
        ("np.array([object()])", "object"),
    ],
)
def test_what_has_no_plain_numbers_is_named_and_left_behind(
    evaluate: Evaluate, text: str, described: str
) -> None:
    """Meta, sparse, complex and quantized tensors come back as their description only."""
    value = evaluate(text).value

    assert value is not None
    assert value.kind == "other"
    assert described in value.type_name


@pytest.mark.parametrize(
    "text",
    [
        "torch.zeros(1).expand(10**12)",
        "torch.zeros(1).expand(10**6, 10**6, 10**6)",
        "10**1000",
        "[0] * 5000",
        "np.broadcast_to(np.zeros(1), 10**12)",
        "'x' * 10**6 and [['x' * 65536] * 40] * 40",
    ],
)
def test_a_value_that_is_too_large_is_refused_before_it_is_built(
    evaluate: Evaluate, text: str
) -> None:
    """A value over the limits ends its own call as too large, at once."""
    seen = evaluate(text, limit_seconds=3.0)

    assert seen.error is not None
    assert seen.error.kind == "too_large"
    assert seen.seconds < 2


def test_deep_nesting_ends_in_a_described_value(evaluate: Evaluate) -> None:
    """A list that holds itself comes back cut off, not for ever."""
    seen = evaluate("(lambda a: a.append(a) or a)([])")

    assert seen.error is None
    assert seen.value is not None
    assert seen.value.kind == "list"


@pytest.mark.parametrize("number", ["float('nan')", "float('inf')", "-float('inf')"])
def test_numbers_that_are_none_arrive(evaluate: Evaluate, number: str) -> None:
    """NaN and the infinities come back as they are."""
    value = evaluate(number).value

    assert value is not None
    assert identical(value, Value.float(eval(number)))


def test_arguments_arrive_as_they_were_sent(evaluate: Evaluate) -> None:
    """Each kind of argument has its type, dtype, shape and bytes inside."""
    given = Value.tuple(
        [
            Value.tensor(np.arange(6, dtype=np.int16).reshape(2, 3)),
            Value.array(np.ones((0, 4))),
            Value.scalar(2.5, "float32"),
            Value.list([Value.dict({"a": Value.int(-1)}), Value.none(), Value.bool(False)]),
        ]
    )

    value = evaluate("x", given).value

    assert value is not None
    assert identical(value, given)


def test_changed_arguments_are_seen(evaluate: Evaluate) -> None:
    """Every argument comes back as the call has left it, to be compared outside."""
    tensor = Value.tensor(np.ones(3, dtype=np.float32))

    changed = evaluate("x.mul_(2).sum()", tensor).arguments_after[1]
    kept = evaluate("(x * 2).sum()", tensor).arguments_after[1]

    assert changed.data.tolist() == [2, 2, 2]
    assert kept.data.tolist() == [1, 1, 1]
    assert kept.dtype == "float32"


@pytest.mark.parametrize(
    ("template", "kind", "dtype", "shape"),
    [
        (Value.float(1.0), "float", None, ()),
        (Value.int(1), "float", None, ()),
        (Value.scalar(1.0, "float32"), "scalar", "float32", ()),
        (Value.tensor(np.ones((1, 1), np.float64)), "tensor", "float64", (1, 1)),
        (Value.tensor(np.ones((), np.int64)), "tensor", "float32", ()),
        (Value.array(np.ones(1)), "array", "float64", (1,)),
        (Value.tensor(np.ones(3)), "float", None, ()),
    ],
)
def test_a_number_is_put_into_the_container_of_another(
    template: Value, kind: str, dtype: str | None, shape: tuple[int, ...]
) -> None:
    """A probe's scale comes in the type that the student's own function returned."""
    value = like(template, 0.5)

    assert (value.kind, value.dtype, value.shape, value.number) == (kind, dtype, shape, 0.5)


LIES = {
    "shape": """
class Lie(torch.Tensor):
    @property
    def shape(self): return torch.Size([1])
    def numel(self): return 1
    def detach(self): return torch.zeros(1)
    def cpu(self): return self
    def numpy(self): return np.zeros(1)
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None): return 7
    def __eq__(self, other): return True
def answer(): return torch.arange(3.0).as_subclass(Lie)
""",
    "class": """
class Lie:
    __class__ = torch.Tensor
    def __float__(self): return 1.0
def answer(): return Lie()
""",
    "float": """
class Lie(float):
    def __float__(self): return 99.0
    def hex(self): return '0x1p+9'
    def __eq__(self, other): return True
def answer(): return Lie(1.5)
""",
    "int": """
class Lie(int):
    def __index__(self): return 99
    def bit_length(self): return 1
def answer(): return Lie(5)
""",
    "list": """
class Lie(list):
    def __iter__(self): return iter([9, 9])
    def __len__(self): return 2
def answer(): return Lie([1])
""",
    "dtype": """
class Lie(np.ndarray):
    dtype = np.dtype('int8')
    def __array__(self, *a, **k): return np.zeros(5)
def answer(): return np.ones(2).view(Lie)
""",
}


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        ("shape", Value.tensor(np.arange(3, dtype=np.float32))),
        ("class", Value(kind="other", type_name="Lie")),
        ("float", Value.float(1.5)),
        ("int", Value.int(5)),
        ("list", Value.list([Value.int(1)])),
        ("dtype", Value.array(np.ones(2))),
    ],
)
def test_a_lying_class_gives_what_it_really_holds(
    make: Callable[..., object], lie: str, expected: Value
) -> None:
    """What an object says about itself is not asked: the bytes that it holds count."""
    sandbox = make(LIES[lie])

    value = sandbox.call(["answer"], [], limit_seconds=60).value  # type: ignore[attr-defined]

    assert identical(value, expected)
