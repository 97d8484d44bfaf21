"""``grader check`` as a person types it: in a process of its own, on real files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import psutil
import pytest
from jsonschema import Draft202012Validator

from grader.results.file.document import json_schema
from grader.results.file.written import VOLATILE
from tests.corpus import load_case

SUBMISSIONS = Path(__file__).parent.parent / "submissions"
EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "hw1_108062999.ipynb"
PDF_START = b"%PDF"


def run(arguments: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command in *cwd*, without a terminal."""
    command = [sys.executable, "-m", "grader.cli", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the example has been graded, its screen output beside it."""
    folder = tmp_path_factory.mktemp("graded")
    options = ["--out", "out", "--timings", "--junit", "junit.xml", "--fail-under", "90"]
    finished = run(["check", str(EXAMPLE), *options], folder)
    assert finished.returncode == 0, finished.stderr
    (folder / "screen.txt").write_text(finished.stdout)
    return folder


def test_screen_shows_score_and_where_the_files_are(graded: Path) -> None:
    """The last lines give the points and name both files."""
    screen = (graded / "screen.txt").read_text()

    assert re.search(
        r"\n\d+(\.\d+)? of 100 points\n  hw1_108062999.json\n  hw1_108062999.pdf\n", screen
    )


def test_screen_names_the_data(graded: Path) -> None:
    """Nobody can take a grade on the sample for one on CIFAR-10."""
    assert "judged on embedded sample (2,000 generated test images)" in (
        (graded / "screen.txt").read_text()
    )


def test_screen_says_where_the_time_went(graded: Path) -> None:
    """Every stage from the start to the report has its seconds, and their sum stands below."""
    table = (graded / "screen.txt").read_text().partition("Where the time went")[2]
    rows = re.findall(r"^(\S.*?)  +(\d+\.\d\d)  +(\d+\.\d\d)\s*$", table, re.MULTILINE)
    *stages, (last, *together) = rows

    assert {"Starting", "Data", "Accuracy", "Report"} <= {name for name, _, _ in stages}
    assert last == "Together"
    for column, total in enumerate(together, start=1):
        assert sum(float(row[column]) for row in stages) == pytest.approx(float(total), abs=0.1)


def test_screen_gives_a_reason_for_every_criterion_that_lost_points(graded: Path) -> None:
    """Every line with a cross has a sentence under it."""
    lines = (graded / "screen.txt").read_text().splitlines()
    lost = [i for i, line in enumerate(lines) if line.startswith("  ✗")]

    assert lost
    assert all(lines[i + 1].startswith("      ") and lines[i + 1].strip() for i in lost)


def test_screen_speaks_the_language_that_was_asked_for(tmp_path: Path) -> None:
    """All that is printed of a wrong submission is Chinese, but names and a student's words."""
    case = load_case(SUBMISSIONS / "ee290-2020" / "weights-not-rounded")
    asked = ["--edition", "ee290-2020", "--language", "zh_TW", "--no-pdf"]
    finished = run(["check", str(case.write(tmp_path)), *asked], tmp_path)

    assert finished.returncode == 0, finished.stderr
    assert re.search("[A-Za-z]+ [a-z]+ [a-z]+", finished.stdout) is None
    assert "權重沒有取整" in finished.stdout
    assert "內建樣本（2,000 張產生的測試影像）" in finished.stdout  # noqa: RUF001


def test_results_file_adds_up(graded: Path) -> None:
    """The score is the sum of the tests' scores, out of 100."""
    results = json.loads((graded / "out" / "hw1_108062999.json").read_text())

    assert results["score"] == sum(test["score"] for test in results["tests"])
    assert sum(test["max_score"] for test in results["tests"]) == 100


def test_results_file_is_valid_by_the_published_schema(graded: Path) -> None:
    """Whoever reads the file with docs/results.schema.json finds what that says."""
    results = json.loads((graded / "out" / "hw1_108062999.json").read_text())

    Draft202012Validator(json_schema()).validate(results)


def test_pdf_is_written(graded: Path) -> None:
    """The report stands beside the results file."""
    assert (graded / "out" / "hw1_108062999.pdf").read_bytes().startswith(PDF_START)


@pytest.mark.long
def test_same_seed_gives_the_same_results(graded: Path, tmp_path: Path) -> None:
    """Two processes, one seed: identical but for the times."""
    run(["check", str(EXAMPLE), "--no-pdf"], tmp_path)
    first = json.loads((graded / "out" / "hw1_108062999.json").read_text())
    second = json.loads((tmp_path / "hw1_108062999.json").read_text())
    for results in (first, second):
        for name in VOLATILE:
            results.pop(name, None)
            results["extra_data"].pop(name, None)

    assert first == second


@pytest.mark.long
def test_no_pdf_writes_none(tmp_path: Path) -> None:
    """``--no-pdf`` leaves only the results file."""
    run(["check", str(EXAMPLE), "--no-pdf"], tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["hw1_108062999.json"]


@pytest.mark.long
def test_zip_is_graded_under_another_id(tmp_path: Path) -> None:
    """A zip with the notebook inside is graded, and --student-id overrides its name."""
    with zipfile.ZipFile(tmp_path / "homework.zip", "w") as archive:
        archive.write(EXAMPLE, "folder/hw1_108062999.ipynb")

    finished = run(["check", "homework.zip", "--no-pdf", "--student-id", "7"], tmp_path)

    assert finished.returncode == 0, finished.stderr
    assert "hw1_108062999.ipynb is named for 108062999, handed in as 7" in finished.stdout
    results = json.loads((tmp_path / "hw1_7.json").read_text())
    assert any("named for 108062999" in told for told in results["extra_data"]["problems"])


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Your code used up its 2 s, the time for all calls together"),
        ("zh_TW", "你的程式已用完所有呼叫合計可用的 2 秒"),
    ],
)
def test_code_that_never_ends_is_graded_in_the_time_that_is_given(
    tmp_path: Path, language: str, told: str
) -> None:
    """``--student-seconds`` is for all calls together, and what used it up is said."""
    endless = "def quantized_weights(weights):\n    while True:\n        pass\n"
    (tmp_path / "hw1_7.py").write_text(endless)

    options = ["--no-pdf", "--student-seconds", "2", "--language", language]
    finished = run(["check", "hw1_7.py", *options], tmp_path)

    assert finished.returncode == 0, finished.stderr
    assert "".join(told.split()) in "".join(finished.stdout.split())
    assert json.loads((tmp_path / "hw1_7.json").read_text())["score"] == 0.0


@pytest.mark.long
def test_other_edition_has_its_own_question_numbers(tmp_path: Path) -> None:
    """``--edition`` changes the numbers under which points are listed."""
    run(["check", str(EXAMPLE), "--no-pdf", "--edition", "ee290-2020"], tmp_path)
    written = next(tmp_path.glob("*_108062999.json"))
    results = json.loads(written.read_text())

    assert {test["number"] for test in results["tests"]} == {"2.1", "4.2", "4.3", "5.2"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("hw1_1.ipynb", b"", "empty"),
        ("hw1_1.ipynb", b"%PDF-1.7 ...", "PDF"),
        ("hw1_1.ipynb", b'{"cells": [', "hw1_1.ipynb"),
        ("hw1_1.py", b"print('hello')\n", "none of the functions"),
        ("hw1_1.docx", b"PK\x03\x04", "hw1_1.docx"),
    ],
)
def test_unusable_input_is_one_line_and_status_2(
    name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    """Bad input gets a message that names it; never a traceback, never a grade."""
    (tmp_path / name).write_bytes(content)

    finished = run(["check", name], tmp_path)

    assert finished.returncode == 2
    assert says in finished.stderr
    assert finished.stderr.startswith("error: ")
    assert "Traceback" not in finished.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def test_why_a_file_cannot_be_graded_is_said_in_chinese(tmp_path: Path) -> None:
    """``--language`` is that of the one line on the screen, too."""
    (tmp_path / "hw1_1.ipynb").write_bytes(b"%PDF-1.7 ...")

    finished = run(["check", "hw1_1.ipynb", "--language", "zh_TW"], tmp_path)

    assert finished.returncode == 2
    assert "hw1_1.ipynb" in finished.stderr
    assert "而是 PDF" in finished.stderr


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is named, with status 2."""
    finished = run(["check", "nowhere.ipynb"], tmp_path)

    assert finished.returncode == 2
    assert "nowhere.ipynb" in finished.stderr


def test_unknown_edition_names_those_there_are(tmp_path: Path) -> None:
    """A wrong --edition is answered with the right ones, and status 3."""
    finished = run(["check", str(EXAMPLE), "--edition", "cs1-1999"], tmp_path)

    assert finished.returncode == 3
    assert "cs5120-2021" in finished.stderr


def test_unusable_data_says_what_is_needed(tmp_path: Path) -> None:
    """A --data folder without images is refused with the layouts that would do, and status 3."""
    (tmp_path / "data").mkdir()

    finished = run(["check", str(EXAMPLE), "--data", "data"], tmp_path)

    assert finished.returncode == 3
    assert "train/<class>/" in finished.stderr


def test_unwritable_out_is_one_line(tmp_path: Path) -> None:
    """An --out that is a file is refused in one line."""
    (tmp_path / "out").write_text("not a folder")

    finished = run(["check", str(EXAMPLE), "--no-pdf", "--out", "out"], tmp_path)

    assert finished.returncode == 1
    assert "choose another --out" in finished.stderr


@pytest.mark.long
def test_empty_template_earns_nothing_but_is_graded(tmp_path: Path) -> None:
    """A notebook whose functions are the untouched stubs is graded, with few points."""
    case = load_case(SUBMISSIONS / "cs5120-2021" / "weights-stub")
    finished = run(["check", str(case.write(tmp_path)), "--no-pdf"], tmp_path)

    assert finished.returncode == 0, finished.stderr
    assert "Traceback" not in finished.stderr


def test_interrupted_run_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ctrl-C ends a run with one line, status 130, no half-written file and no process."""
    command = [sys.executable, "-m", "grader.cli", "check", str(EXAMPLE)]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    grading = psutil.Process(process.pid)
    while not (family := grading.children(recursive=True)):  # the sandbox: now it grades
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    psutil.wait_procs(family, timeout=60)

    assert [one for one in family if one.is_running() and one.status() != "zombie"] == []
    assert process.returncode == 130
    assert errors.strip() == "error: interrupted; no results were written"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["check"], ["check", "x.ipynb", "--seed", "-3"], ["chek"]])
def test_wrong_usage_is_explained(arguments: list[str], tmp_path: Path) -> None:
    """A wrong command line is answered with the usage, not a traceback, and status 2."""
    finished = run(arguments, tmp_path)

    assert finished.returncode == 2
    assert "Usage: " in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.long
def test_own_code_is_stamped(tmp_path: Path) -> None:
    """A result made with --own-code says so, on the screen and in the file."""
    finished = run(["check", str(EXAMPLE), "--no-pdf", "--own-code"], tmp_path)
    results = json.loads((tmp_path / "hw1_108062999.json").read_text())

    assert "without a tight sandbox" in finished.stdout
    assert results["extra_data"]["sandbox"]["own_code"] is True


@pytest.mark.parametrize(
    ("command", "teaches"),
    [
        ([], "grader check examples/"),
        (["check"], "Exit status: 0 graded"),
        (["data", "fetch"], "torchvision's layout"),
        (["editions"], "function that each question asks for"),
        (["doctor"], "the sandbox proves itself"),
    ],
)
def test_help_teaches(command: list[str], teaches: str, tmp_path: Path) -> None:
    """Every command's help says more than its name."""
    finished = run([*command, "--help"], tmp_path)

    assert finished.returncode == 0
    assert teaches in " ".join(finished.stdout.split())


def test_help_is_quick_because_nothing_heavy_is_imported(tmp_path: Path) -> None:
    """``--help`` imports neither torch nor WeasyPrint."""
    code = (
        "import sys\nsys.argv = ['grader', '--help']\n"
        "import grader.cli\n"
        "print('torch' in sys.modules, 'weasyprint' in sys.modules)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )

    assert finished.stdout.strip() == "False False"


def test_few_points_fail_and_scripts_read_the_results_alone(tmp_path: Path) -> None:
    """CI ends red below the points that were asked for; nothing else than JSON is printed."""
    options = ["--no-pdf", "--quiet", "--json", "--fail-under", "90.5"]
    finished = run(["check", str(EXAMPLE), *options], tmp_path)

    assert (finished.returncode, finished.stderr) == (1, "")
    assert json.loads(finished.stdout) == json.loads(
        (tmp_path / "hw1_108062999.json").read_text("utf-8")
    )


def test_criteria_are_junit_tests(graded: Path) -> None:
    """CI reads a test for each criterion; with enough points the command succeeds."""
    suite = ET.parse(graded / "junit.xml").getroot()[0]
    results = json.loads((graded / "out" / "hw1_108062999.json").read_text("utf-8"))

    assert [case.get("name") for case in suite.iter("testcase")] == [
        test["name"] for test in results["tests"]
    ]
    failed = [test for test in results["tests"] if test["score"] < test["max_score"]]
    assert suite.get("failures") == str(len(failed))
    assert all(case.get("message") for case in suite.iter("failure"))
