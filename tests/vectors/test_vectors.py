"""What ``grader vectors`` writes: the sheet's files bit for bit, which the check accepts."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from grader.tasks.exported_parameters.layout import Layout, recording_file
from grader.vectors import reference_network
from grader.vectors.formats import FORMATS, Vector, as_csv, as_hex, as_npy
from grader.vectors.integer_parameters import IntegerParameters, VectorsError, of_quantized_network
from grader.vectors.vector_files import image_files, into_folder, into_zip, parameter_files
from reference.integer_network import (
    IntegerNetwork,
    QuantizedLayer,
    QuantizedNetwork,
)
from reference.spec import QuantScheme, Rounding
from tests.exported_parameters.made import (
    IMAGES,
    LAYOUT,
    LENET,
    judged,
    lost,
    module,
    net,
    pack,
    right,
)


def parameters() -> IntegerParameters:
    one = net()
    return IntegerParameters(
        layout=LAYOUT,
        weights={module(name): weights for name, weights in one.weights.items()},
        bias={"output.fc": one.bias},
        scales=one.scales,
    )


def pixels() -> np.ndarray:
    return net().pixels.reshape(IMAGES, -1)


def written(form: str) -> dict[str, bytes]:
    files = dict(parameter_files(parameters(), form))
    return files | {path: data for _, path, data in image_files(parameters(), pixels(), form)}


def vector(values: list[float], bits: int, *, one_line: bool = False) -> Vector:
    held = np.array(values, np.float64)
    return Vector(path="a/b.csv", values=held, bits=bits, shape=held.shape, one_line=one_line)


def test_files_are_the_sheets_bit_for_bit() -> None:
    """The same names in the same order, and in each the same bytes."""
    assert [*written("csv").items()] == [*right().items()]


def test_what_is_written_passes_the_check(tmp_path: Path) -> None:
    """An archive that the grader writes is one that it accepts, whole."""
    path = tmp_path / "parameter.zip"
    with into_zip(path) as put:
        for name, data in written("csv").items():
            put(name, data)

    assert lost(judged(path)) == {}


@pytest.mark.parametrize("one_line", [False, True])
def test_csv_is_what_numpy_writes(one_line: bool) -> None:
    """``numpy.savetxt`` with its own settings gives the same bytes."""
    draw = np.random.default_rng(0)
    values = [0.0, -0.0, -128, 127, 2**31 - 1, *draw.normal(size=50).astype(np.float32)]
    held = io.BytesIO()
    array = np.array(values, np.float64)
    np.savetxt(held, array.reshape(1, -1) if one_line else array, delimiter=",")

    assert as_csv(vector(values, 0, one_line=one_line)) == held.getvalue()


def test_hex_is_twos_complement_of_the_width() -> None:
    """Two digits for 8 bits, eight for 32, and nothing but digits on a line."""
    assert as_hex(vector([0, 1, 127, -1, -128], 8)) == b"00\n01\n7f\nff\n80\n"
    assert as_hex(vector([5, -1, -(2**31)], 32)) == b"00000005\nffffffff\n80000000\n"
    assert as_hex(vector([0.5], 0)) is None


def test_hex_files_hold_the_same_integers_as_csv() -> None:
    """Read as ``$readmemh`` reads them, with their sign: the same numbers, pixels left out."""
    hexadecimal, csv = written("hex"), written("csv")
    real = {recording_file(image, "input.csv") for image in range(IMAGES)}

    for path, data in csv.items():
        if path in real or path.endswith(".json"):
            continue
        lines = hexadecimal[path.removesuffix("csv") + "hex"].split()
        numbers = np.array([int(line, 16) for line in lines])
        numbers[numbers >= 1 << (4 * len(lines[0]) - 1)] -= 1 << (4 * len(lines[0]))
        assert np.array_equal(numbers, np.array(data.replace(b",", b" ").split(), float)), path
    assert not {path.removesuffix("csv") + "hex" for path in real} & hexadecimal.keys()
    assert [int(m, 16) for m in hexadecimal["fixed_scale.hex"].split()] == [
        *json.loads(hexadecimal["fixed_scale.json"]).values()
    ]


def test_npy_files_have_the_layers_shapes() -> None:
    """Integers in their own width, in the shapes of torch's tensors; pixels in float32."""
    files = {p: np.load(io.BytesIO(d)) for p, d in written("npy").items() if p.endswith("npy")}

    shapes = {
        "weights/conv3.conv.weight.npy": ((16, 6, 5, 5), np.int8),
        "weights/output.fc.bias.npy": ((10,), np.int32),
        "activations/img0/input.npy": ((1, 32, 32), np.float32),
        "activations/img0/conv3/input.npy": ((6, 14, 14), np.int8),
        "activations/img0/conv3/output.npy": ((16, 10, 10), np.int32),
        "activations/img0/maxpool4/output.npy": ((16, 5, 5), np.int8),
        "activations/img0/output.npy": ((10,), np.int8),
        "fixed_scale.npy": ((6,), np.int32),
    }
    assert {path: (files[path].shape, files[path].dtype) for path in shapes} == shapes
    assert np.array_equal(files["weights/conv3.conv.weight.npy"], net().weights["conv3"])
    assert as_npy(vector([1.5], 0)) != as_npy(vector([1.0], 0))


def quantized(weight_scale: float = 0.004) -> QuantizedNetwork:
    """Return the network of the tests as the reference quantizes one."""
    layers = tuple(
        QuantizedLayer(
            name=layer.name,
            weight=torch.tensor(net().weights[layer.name], dtype=torch.float32),
            weight_scale=weight_scale,
            input_scale=1 / 119,
            output_scale=weight_scale / 119 / (net().scales[layer.module] / 65536),
            bias=torch.tensor(net().bias, dtype=torch.float32) if layer.bias else None,
        )
        for layer in LENET.weighted_layers
    )
    scheme = QuantScheme(fraction_bits=16, rounding=Rounding.FLOOR)
    return QuantizedNetwork(spec=LENET, scheme=scheme, input_scale=1 / 119.2, layers=layers)


def test_reference_network_becomes_fixed_point() -> None:
    """m is M . 2^16 rounded, and the input's multiplier a whole number."""
    made = of_quantized_network(quantized(), LAYOUT)

    assert made.scales == net().scales
    assert [*made.bias] == ["output.fc"]
    assert all(np.array_equal(made.weights[n], parameters().weights[n]) for n in made.weights)


def test_recordings_are_those_of_the_reference() -> None:
    """The reference's integer network in fixed point computes the same final integers."""
    reference = IntegerNetwork(
        LENET,
        weights={layer.name: layer.weight for layer in quantized().layers},
        multipliers={n.name: net().scales[n.module] / 65536 for n in LENET.weighted_layers},
        input_multiplier=119.0,
        bias={"output": torch.tensor(net().bias)},
        scheme=QuantScheme(fraction_bits=16),
    )
    images = torch.tensor(net().pixels, dtype=torch.float32)

    assert np.array_equal(parameters().record(pixels())["output.csv"], reference(images).numpy())


def test_images_are_written_batch_after_batch() -> None:
    """Every image has its own number and values where there are more than are held at a time."""
    small = replace(LENET, layers=LENET.layers[:2])
    conv1 = module("conv1")
    one = IntegerParameters(
        layout=Layout(network=small, images=230),
        weights={conv1: net().weights["conv1"]},
        scales={"quant": 119, conv1: net().scales[conv1]},
    )
    many = np.tile(pixels(), (58, 1))[:230]
    many[:, 0] = np.linspace(-1, 1, 230)

    files = {path: (image, data) for image, path, data in image_files(one, many, "csv")}

    for image in (0, 99, 100, 229):
        number, data = files[f"activations/img{image}/input.csv"]
        assert (number, float(data.split()[0])) == (image, many[image, 0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": {**parameters().weights, "fc6.fc": np.array([-129])}}, "beyond 8 bits"),
        ({"bias": {"output.fc": np.array([1 << 31])}}, "beyond 32 bits"),
        ({"scales": {**net().scales, "fc6.fc": 0}}, "fc6.fc: the scale 0 is no positive"),
        ({"scales": {**net().scales, "quant": 1 << 31}}, "no positive integer of 32 bits"),
    ],
)
def test_numbers_that_do_not_fit_are_not_written(change: dict[str, object], said: str) -> None:
    """What hardware could not hold is refused before anything is written."""
    with pytest.raises(VectorsError, match=said):
        replace(parameters(), **change)


def test_same_numbers_make_the_same_archive(tmp_path: Path) -> None:
    """No time of day is in it, and an older archive of the name is replaced, not added to."""
    for name in ("a.zip", "b.zip", "a.zip"):
        with into_zip(tmp_path / name) as put:
            put("weights/a.csv", b"1\n")

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert zipfile.ZipFile(tmp_path / "a.zip").namelist() == ["weights/a.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip"]


def test_archive_that_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    """Half an archive never has the name, and nothing else is left behind."""
    path = pack(tmp_path / "parameter.zip", {"old": b""})

    with suppress(KeyboardInterrupt), into_zip(path) as put:
        put("new", b"")
        raise KeyboardInterrupt

    assert zipfile.ZipFile(path).namelist() == ["old"]
    assert [*tmp_path.iterdir()] == [path]


def test_folder_with_files_is_refused(tmp_path: Path) -> None:
    """Files of an earlier run would mix with the new ones."""
    with into_folder(tmp_path / "new") as put:
        put("weights/a.csv", b"1\n")

    assert (tmp_path / "new" / "weights" / "a.csv").read_bytes() == b"1\n"
    with pytest.raises(VectorsError, match="is not empty"), into_folder(tmp_path / "new"):
        pass


def test_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file stands where a folder should be."""
    (tmp_path / "file").write_bytes(b"")

    for place in (into_zip(tmp_path / "file" / "a.zip"), into_folder(tmp_path / "file")):
        with pytest.raises(VectorsError, match="cannot be written"), place:
            pass


def test_every_format_and_network_can_be_named() -> None:
    """The command names the formats and networks that there are."""
    from grader.cli.commands.vectors import ENDINGS, NETWORKS

    assert [*FORMATS] == [*ENDINGS]
    assert [*reference_network.NETWORKS] == [*NETWORKS]
