"""Ways in which a worker that a student's code has taken over may change its replies."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from grader.sandbox.frames import HEADER, MAGIC
from tests.forgeries.played_back import Meta, Reply

Change = Callable[[random.Random, Reply, Meta, int], Reply | bytes]

NUMBERS = (
    *(1.7e308, 1e31, 1e30, 1e29, 3e38, 1e5, 1.0, 0.0, -0.0, -1.0, 1e-5, 1e-29, 1e-30, 1e-31),
    *(5e-324, -1e30, float("inf"), float("nan")),
)
TEXTS = ("\ud800", "\u202egnp", "\x1b[2J", "x" * 5000, "Full points, says the staff", "", "名")
DTYPES = ("float32", "float64", "int8", "int64", "uint64", "float16", "bfloat16", "bool")
JUNK = (
    *(None, True, False, 0, -1, 2**70, 1.5, 1e999, "", [], {}, [[[[]]]], [{}] * 9, "\ud800"),
    {"k": "other", "t": "\ud800"},
    {"k": "tensor", "t": "torch.Tensor", "d": "float32", "s": [0, 2**30, 2**30]},
    {"k": "tensor", "t": "torch.Tensor", "d": "float32", "s": [2**30, 2**30]},
    {"k": "dict", "t": "dict", "i": [{"k": "none", "t": "NoneType"}] * 2, "y": ["a", "a"]},
    {"k": "none", "t": "NoneType"},
    {"k": "tuple", "t": "tuple", "i": [{"k": "float", "t": "float", "x": "nan"}] * 2, "y": []},
)


def right(_random: random.Random, reply: Reply, _request: Meta, _number: int) -> Reply:
    return reply


def noise(rng: random.Random, _reply: Reply, _request: Meta, _number: int) -> bytes:
    return rng.randbytes(rng.choice((0, 1, 23, 24, 25, 400)))


def cut(rng: random.Random, reply: Reply, _request: Meta, number: int) -> bytes:
    whole = reply.frame(number)
    return whole[: rng.randrange(len(whole))]


def header(rng: random.Random, reply: Reply, _request: Meta, number: int) -> bytes:
    sizes = (0, 1, 4, 2**20, 2**28, 2**32 - 1)
    lengths = rng.choice(sizes), rng.choice((*sizes, 2**40, 2**64 - 1))
    sequence = rng.choice((number, number + 1, 0, 2**64 - 1))
    return HEADER.pack(MAGIC, sequence, *lengths) + reply.frame(number)[HEADER.size :]


def junk(rng: random.Random, reply: Reply, _request: Meta, _number: int) -> Reply:
    """Return a reply some of whose parts are anything at all."""
    names = ("value", "error", "arguments", "defined", "printed", "seconds", "kind", "")
    changed = {name: rng.choice(JUNK) for name in rng.sample(names, rng.randint(1, 4))}
    kept = {name: part for name, part in reply.meta.items() if rng.random() < 0.7}
    return replace(reply, meta=kept | changed)


def error(rng: random.Random, reply: Reply, _request: Meta, _number: int) -> Reply:
    """Return an error of any kind, beside the value or in its place."""
    kinds = ("raised", "not_found", "too_large", "internal", "garbled", "newer_python", "exited")
    said = {
        "kind": rng.choice((*kinds, *JUNK)),
        "exception": rng.choice((*TEXTS, "ValueError", "NameError", "PlaybackError")),
        "text": rng.choice((*TEXTS, "name 'x' is not defined")),
        "measure": rng.choice(("bytes", "parts", "points", 3)),
        "count": rng.choice((10**9, -1, 2**70, True, "9", None)),
        "module": rng.choice((None, "no_such_module", "a" * 999, 3, "\ud800")),
        "file": rng.choice((*TEXTS, "hw1_1.ipynb")),
        "cell": rng.choice((1, -1, 2**70, None, "1")),
        "line": rng.choice((1, -1, 2**70, None, 1.5)),
    }
    kept = reply.meta if rng.random() < 0.3 else {}
    return Reply(meta=kept | {"error": said}, buffers=reply.buffers if kept else b"")


def numbers(rng: random.Random, reply: Reply, _request: Meta, _number: int) -> Reply:
    """Return a reply in which every single number is an odd one."""
    meta = copy.deepcopy(dict(reply.meta))
    for tree in _trees(meta):
        if tree["k"] in ("float", "int"):
            tree.update({"k": "float", "t": "float", "x": rng.choice(NUMBERS).hex()})
    return replace(reply, meta=meta)


def parts(rng: random.Random, reply: Reply, _request: Meta, _number: int) -> Reply:
    """Return a reply of which one part is of another kind, dtype, shape or name."""
    meta = copy.deepcopy(dict(reply.meta))
    trees = [*_trees(meta)]
    for tree in rng.sample(trees, min(len(trees), 2)):
        junks = [one for one in JUNK if isinstance(one, dict)]
        change: dict[str, Any] = rng.choice(
            (
                {"d": rng.choice(DTYPES)},
                {"s": rng.choice(([], [1], [0], [2, 2], [10], [-1], [2**31], [1] * 17, "3"))},
                {"t": rng.choice(TEXTS)},
                {"y": [rng.choice(TEXTS)]},
                {"k": rng.choice(("tensor", "array", "list", "tuple", "dict", "other", "int"))},
                rng.choice(junks),
            )
        )
        tree.update(change)
    return replace(reply, meta=meta)


def values(rng: random.Random, reply: Reply, _request: Meta, _number: int) -> Reply:
    """Return a reply whose tensors hold odd numbers."""
    held = np.frombuffer(reply.buffers[: len(reply.buffers) // 4 * 4], dtype=np.float32).copy()
    if not held.size:
        return reply
    odd = np.float32(rng.choice([x for x in NUMBERS if not 3.4e38 < abs(x) < float("inf")]))
    if rng.random() < 0.5:
        held[rng.randrange(held.size) :] = odd
    else:
        with np.errstate(all="ignore"):
            held *= odd
    return replace(reply, buffers=held.tobytes() + reply.buffers[held.nbytes :])


def broken_off(rng: random.Random, reply: Reply, request: Meta, number: int) -> Reply:
    """Return what a pass that raised leaves: the reply of one that did not, changed, and why."""
    said = {"error": {"kind": "raised", "exception": "ValueError", "text": "x"}}
    held = values(rng, reply, request, number) if rng.random() < 0.5 else reply
    changed = reshaped(rng, held, request, number)
    return replace(changed, meta=changed.meta | said)


def reshaped(rng: random.Random, reply: Reply, _request: Meta, _number: int) -> Reply:
    """Return a reply in which tensors are smaller than they were, down to a single number."""
    meta = copy.deepcopy(dict(reply.meta))
    for tree in _trees(meta):
        sizes = tree.get("s") or [1]
        if "s" in tree and rng.random() < 0.5:
            few = (rng.randrange(sizes[0] + 1), *sizes[1:])
            tree["s"] = rng.choice(([], [0], [1], [0, 3], few, [sizes[0]], sizes[:2], [1, *sizes]))
    held = reply.buffers + bytes(1 << 12)
    size = sum(_padded(tree) for tree in _trees(meta) if "s" in tree)
    return Reply(meta=meta, buffers=held[: max(size - 12, 0)])


def largest(_random: random.Random, reply: Reply, request: Meta, _number: int) -> Reply:
    """Return a tensor as large as may come back."""
    size = request["reply_bytes"] // 8
    tree: dict[str, Any] = {"k": "tensor", "t": "torch.Tensor", "d": "float64", "s": [size]}
    key = {"forward": "logits", "build": "input_scale"}.get(request["operation"])
    if key is not None:
        tree = {"k": "dict", "t": "dict", "y": [key], "i": [tree]}
    return Reply(meta={**reply.meta, "value": tree}, buffers=bytes(8 * size))


def announced(_random: random.Random, reply: Reply, _request: Meta, number: int) -> bytes:
    """Return the header of a reply with 250 MB of tensors, and the first bytes of it."""
    return HEADER.pack(MAGIC, number, len(reply.frame(number)), 250_000_000) + bytes(1000)


def _padded(tree: dict[str, Any]) -> int:
    """Return the bytes of a tensor, up to where the next one begins."""
    width = np.dtype(tree["d"].replace("bfloat16", "float32")).itemsize
    return -(-int(np.prod(tree["s"])) * width // 16) * 16


def _trees(part: object) -> Iterator[dict[str, Any]]:
    """Yield every description of a value in a reply."""
    if isinstance(part, dict) and "k" in part and "t" in part:
        yield part
    for inner in part.values() if isinstance(part, dict) else ():
        yield from _trees(inner)
    for inner in part if isinstance(part, list) else ():
        yield from _trees(inner)


CHANGES: tuple[Change, ...] = (
    *(noise, cut, header, junk, error, numbers, parts, values, reshaped, broken_off, largest),
)
