"""``grader vectors``, typed: what it writes and prints, and how it ends."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grader.cli.app import app
from grader.editions.loader import default_edition_id, load_edition
from grader.locations import DataUnusableError
from grader.tasks.exported_parameters.kind import layout_of
from grader.vectors.integer_parameters import VectorsError
from tests.exported_parameters.made import judged, lost


def vectors(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["vectors", *map(str, arguments)])


def test_archive_of_the_reference_passes_the_check(tmp_path: Path) -> None:
    """The default edition's network, on the embedded sample."""
    path = tmp_path / "new" / "parameter.zip"

    done = vectors("--zip", path, "--images", 5)

    layout = replace(layout_of(load_edition(default_edition_id())), images=5)
    files = zipfile.ZipFile(path).namelist()
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{path}: {len(files)} files of {default_edition_id()}, 5 images\n"
    assert sorted(files) == sorted(layout.files)
    assert lost(judged(path, layout)) == {}


def test_folder_for_hardware(tmp_path: Path) -> None:
    """One file of hexadecimal digits for every file of integers, and quiet where asked."""
    out = tmp_path / "vectors"

    done = CliRunner().invoke(
        app, ["--quiet", "vectors", "--out", str(out), "--format", "hex", "--images", "1"]
    )

    assert (done.exit_code, done.output) == (0, "")
    assert {path.suffix for path in out.rglob("*") if path.is_file()} == {".hex", ".json"}


def test_help_teaches_layout_and_arithmetic() -> None:
    """Whoever builds the hardware finds the files, the widths and the formula."""
    said = vectors("--help").stdout

    for words in ("fixed_scale.json", "(sum * m) >> 16", "$readmemh", "grader vectors --zip"):
        assert words in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say where: --zip FILE"),
        (("--zip", "a.zip", "--out", "a"), "say where: --zip FILE"),
        (("--zip", "a.zip", "--format", "xml"), "'xml' is none of csv, hex, npy"),
        (("--zip", "a.zip", "--images", "0"), "--images"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[str, ...], said: str) -> None:
    """Nothing is written, and the option is named."""
    done = vectors(*arguments)

    assert done.exit_code == 2
    assert said in done.stderr


def test_too_many_images_and_no_data_are_told(tmp_path: Path) -> None:
    """Errors that the command line shows in one line; no archive is left."""
    path = tmp_path / "a.zip"

    assert isinstance(vectors("--zip", path, "--images", 2001).exception, VectorsError)
    absent = vectors("--zip", path, "--data", tmp_path / "nothing").exception
    assert isinstance(absent, DataUnusableError)
    assert [*tmp_path.iterdir()] == []
