"""
The archives of parameters that cases of the corpus hand in beside their code.

They are built here, of the sheet's 100 images each, and altered as the case's ``archive`` says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from tests.exported_parameters.made import Files, altered, files, net, right, text, zipped

IMAGES = 100
CONV1 = "weights/conv1.conv.weight.csv"
BIAS = "weights/output.fc.bias.csv"
SCALES = "fixed_scale.json"


def archive(name: str) -> bytes:
    """Return the archive that a case calls *name*."""
    return ARCHIVES[name]()


def _of_the_grader(network: str = "ptq") -> bytes:
    """Return what ``grader vectors --zip`` writes of one of the reference's networks."""
    from grader.editions.loader import load_edition
    from grader.vectors.images import images_of_data
    from grader.vectors.reference_network import reference_parameters
    from grader.vectors.vector_files import image_files, parameter_files
    from reference.datasets import open_sample

    edition = load_edition("cs5120-2024")
    data = open_sample(edition.network.input_shape)
    parameters = reference_parameters(edition, data, IMAGES, network)
    pixels = images_of_data(edition, data, IMAGES)
    recorded = ((path, made) for _, path, made in image_files(parameters, pixels, "csv"))
    return zipped([*parameter_files(parameters, "csv"), *recorded])


def _of_trained_quantization() -> bytes:
    """Return the integers of the network that was trained with fake quantization."""
    return _of_the_grader("qat")


def _with(**content: bytes) -> bytes:
    """Return the right archive with some files exchanged: ``conv1=``, ``bias=``, ``scales=``."""
    names = {"conv1": CONV1, "bias": BIAS, "scales": SCALES}
    return zipped({**right(IMAGES), **{names[name]: data for name, data in content.items()}})


def _numbers(path: str) -> np.ndarray:
    return np.array(right(IMAGES)[path].replace(b",", b" ").split(), float)


def _with_one_number(path: str, entry: int, more: float) -> bytes:
    """Return the right archive with *more* added to one number of one file."""
    values = _numbers(path)
    values[entry] += more
    return zipped({**right(IMAGES), path: text(values)})


def _without(leaves_out: Callable[[str], bool]) -> bytes:
    return zipped({n: data for n, data in right(IMAGES).items() if not leaves_out(n)})


@cache
def _stale() -> Files:
    """Return the layers' files of another training, as a cell that ran before has left them."""
    other = files(net(1, seed=5))
    return {name: data for name, data in other.items() if name.startswith(("weights/", SCALES))}


def _scales(**changes: int) -> bytes:
    """Return the scales with some changed; ``fc6`` stands for ``fc6.fc``."""
    known = dict(net(IMAGES).scales)
    by_block = {module.partition(".")[0]: module for module in known}
    return json.dumps({**known, **{by_block[n]: m for n, m in changes.items()}}).encode()


def _bias_of_another_scale() -> bytes:
    """Return the bias by a step twice as fine; the sums were made with the right one."""
    return text(2 * _numbers(BIAS))


def _outside() -> Iterator[tuple[str, bytes]]:
    yield "../../../etc/cron.d/evil", b"* * * * * root true\n"
    yield "/root/.ssh/authorized_keys", b"ssh-rsa AAAA\n"
    yield from right(IMAGES).items()


# By the name that a case gives in its expected.toml.
ARCHIVES: dict[str, Callable[[], bytes]] = {
    "of-the-grader": _of_the_grader,
    "of-trained-quantization": _of_trained_quantization,
    "of-plain-numpy": lambda: zipped(right(IMAGES)),
    "stale-copies-first": lambda: zipped([*_stale().items(), *right(IMAGES).items()]),
    "stale-copies-last": lambda: zipped([*right(IMAGES).items(), *_stale().items()]),
    "one-sum-off": lambda: _with_one_number("activations/img97/conv3/output.csv", 800, 1),
    "one-weight-off": lambda: _with_one_number(CONV1, 70, 1),
    "one-scale-off": lambda: _with(scales=_scales(fc6=net(IMAGES).scales["fc6.fc"] + 40)),
    "bias-of-another-scale": lambda: _with(bias=_bias_of_another_scale()),
    "weights-in-floats": lambda: _with(conv1=text(_numbers(CONV1) * 0.0031)),
    "shifted-by-15": lambda: zipped(
        files(altered(IMAGES, shift=lambda sums, m: np.asarray((sums * m) >> 15, float)))
    ),
    "members-missing": lambda: _without(lambda n: n == BIAS or n.startswith("activations/img42/")),
    "leads-outside": lambda: zipped(_outside()),
    "all-outside": lambda: zipped({f"../{n}": data for n, data in right(IMAGES).items()}),
    "bomb": lambda: _with(conv1=b"0\n" * 50_000_000),
    "no-zip": lambda: b"conv1,conv3\n1,2\n",
}
