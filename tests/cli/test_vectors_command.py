"""``grader vectors``, typed: what it writes and prints, and how it ends."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grader import locations
from grader.baseline.networks import Baseline
from grader.cli.app import app
from grader.editions.loader import default_edition_id, load_edition
from grader.errors import SubmissionError
from grader.locations import DataUnusableError
from grader.tasks.exported_parameters.kind import layout_of
from grader.vectors.integer_parameters import VectorsError
from tests.corpus import SUBMISSIONS, load_case
from tests.exported_parameters.made import judged, lost
from tests.vectors.submissions import baseline_of

LAB = "cs5120-2024"
WRONG = f"{LAB}/bias-layer-before-last"


@pytest.fixture(scope="module")
def short() -> Baseline:
    return baseline_of(LAB)


def written(case: str, folder: Path) -> Path:
    """Return the files of a case of the corpus."""
    return load_case(SUBMISSIONS / case).write(folder / "handed-in")


def vectors(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(app, ["vectors", *map(str, arguments)])


def test_archive_of_the_reference_passes_the_check(tmp_path: Path) -> None:
    """The default edition's network, on the embedded sample."""
    path = tmp_path / "new" / "parameter.zip"

    done = vectors("--zip", path, "--images", 5)

    layout = replace(layout_of(load_edition(default_edition_id())), images=5)
    files = zipfile.ZipFile(path).namelist()
    assert (done.exit_code, done.stderr) == (0, "")
    first, note = done.stdout.splitlines()
    assert first == f"{path}: {len(files)} files of {default_edition_id()}, 5 images"
    assert note.startswith(f"note: the multipliers of {default_edition_id()} are real numbers;")
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


def test_network_trained_quantized(tmp_path: Path) -> None:
    """Another network than the default one, whole by the check; nothing is rounded beyond it."""
    path = tmp_path / "parameter.zip"

    done = vectors("--network", "qat", "--edition", LAB, "--zip", path, "--images", 2)

    layout = replace(layout_of(load_edition(LAB)), images=2)
    assert done.stdout == f"{path}: {len(layout.files)} files of {LAB}, 2 images\n"
    assert lost(judged(path, layout)) == {}


@pytest.mark.long
def test_trained_network_by_a_submissions_own_numbers(tmp_path: Path) -> None:
    """What float_to_fixed_scale returns is written, whole by the check, and said to be theirs;
    wrong numbers are refused with the reason."""
    path, file = tmp_path / "out.zip", written(f"{LAB}/fixed-scale-of-the-rounded-input", tmp_path)
    done = vectors(file, "--network", "qat", "--zip", path, "--images", 2)

    layout = replace(layout_of(load_edition(LAB)), images=2)
    first, own = done.stdout.splitlines()
    assert (done.exit_code, done.stderr) == (0, "")
    assert first == f"{path}: {len(layout.files)} files of {LAB}, 2 images"
    assert own == "the student's: fixed-point scales"
    assert lost(judged(path, layout)) == {}
    wrong = written(f"{LAB}/fixed-scale-inverted", tmp_path / "wrong")
    refused = vectors(wrong, "--network", "qat", "--zip", tmp_path / "b.zip").exception
    assert isinstance(refused, SubmissionError)
    assert "in fixed-point scales: " in str(refused)


def test_submission_is_written_and_stand_ins_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, short: Baseline
) -> None:
    """The edition is the one that it was written for; whose numbers they are is on the screen."""
    monkeypatch.setattr(locations, "open_baseline", lambda *_: short)
    path, file = tmp_path / "out.zip", written(WRONG, tmp_path)

    done = vectors(file, "--zip", path, "--images", 2)

    layout = replace(layout_of(load_edition(LAB)), images=2)
    first, own, instead = done.stdout.splitlines()
    assert (done.exit_code, done.stderr) == (0, "")
    assert first == f"{path}: {len(layout.files)} files of {LAB}, 2 images"
    assert own == (
        "the student's: quantized weights, scale of the initial input,"
        " scales of the layers' outputs"
    )
    assert instead.startswith("the reference's instead: quantized bias. ")
    assert instead.endswith(".")
    assert lost(judged(path, layout)) == {}


def test_submission_is_told_of_in_chinese(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, short: Baseline
) -> None:
    """All that is printed but names."""
    monkeypatch.setattr(locations, "open_baseline", lambda *_: short)
    path, file = tmp_path / "out.zip", written(WRONG, tmp_path)

    done = vectors(file, "--zip", path, "--images", 1, "--language", "zh_TW")

    first, own, instead = done.stdout.splitlines()
    assert f"（{LAB}，1 張影像）" in first
    assert own.startswith("採用學生的：權重量化")
    assert instead.startswith("改用參考實作的：偏差項量化。")


def test_archive_that_was_handed_in_is_not_overwritten(tmp_path: Path) -> None:
    """Whether it is named itself, or lies in a folder that is."""
    path = tmp_path / "parameter.zip"
    path.write_bytes(b"theirs")

    for given in (path, tmp_path):
        refused = vectors(given, "--zip", path).exception
        assert isinstance(refused, VectorsError)
        assert "is part of what was handed in" in str(refused)
    assert path.read_bytes() == b"theirs"


def test_place_is_looked_at_before_anything_is_run(tmp_path: Path) -> None:
    """Nobody waits for a grading whose result has no place."""
    (tmp_path / "file").touch()
    absent = tmp_path / "absent.ipynb"

    for place, said in (
        (("--out", tmp_path), "is not empty"),
        (("--out", tmp_path / "file"), "is no folder"),
        (("--zip", tmp_path / "file" / "a.zip"), "is no folder"),
        (("--zip", tmp_path), "it is a folder"),
    ):
        refused = vectors(absent, *place).exception
        assert isinstance(refused, VectorsError)
        assert said in str(refused)


def test_files_that_are_none_are_refused_as_in_check(tmp_path: Path) -> None:
    """In the language that was asked for, and nothing is left behind."""
    absent = tmp_path / "absent.ipynb"

    refused = vectors(absent, "--zip", tmp_path / "a.zip", "--language", "zh_TW").exception

    assert isinstance(refused, SubmissionError)
    assert "沒有這個檔案或資料夾" in str(refused)
    assert [*tmp_path.iterdir()] == []


def test_help_teaches_layout_and_arithmetic() -> None:
    """Whoever builds hardware finds files, widths and formulas, and whose numbers they are."""
    said = vectors("--help").stdout

    for words in (
        "fixed_scale.json",
        "(sum * m) >> 16",
        "m = round(M * 2^16)",
        "$readmemh",
        "grader vectors --zip",
        "reference's stand in",
        "--network qat",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say where: --zip FILE"),
        (("--zip", "a.zip", "--out", "a"), "say where: --zip FILE"),
        (("--zip", "a.zip", "--format", "xml"), "'xml' is none of csv, hex, npy"),
        (("--zip", "a.zip", "--images", "0"), "--images"),
        (("--zip", "a.zip", "--network", "nat"), "'nat' is none of ptq, qat"),
        (("--zip", "a.zip", "--language", "la"), "'la' is none of en, zh_TW"),
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
