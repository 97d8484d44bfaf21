"""
docker-compose.yml on Docker's real engine, set up as docs/operations.md says.

The engine's data, the images and everything else is gone afterwards, unless an engine answered
that was there before: that one keeps the images, and the next run is quick.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api.chaos.recorded import POSTGRESQL
from tests.corpus import SUBMISSIONS, load_case
from tests.installation.docker.course import (
    ROOT,
    Site,
    all_final,
    clone,
    documented,
    enrol,
    hand_in,
    log_in,
    results,
    until,
)
from tests.installation.docker.engine import engine
from tests.installation.docker.images import make_base, make_postgres, make_store

pytestmark = [pytest.mark.long, pytest.mark.timeout(3000)]

EDITION = "cs5120-2021"
CASES = (
    "max-abs-127",
    "activations-stub",
    "bias-all-zeros",
    "bias-clamped-to-8-bits",
    "activations-raise",
    "activations-scale-inverted",
)
STUDENTS = [f"1080629{number:02}" for number in range(18)]
EARLY, LATE = STUDENTS[:10], STUDENTS[10:]  # to one worker under kills, to three workers
VICTIMS = ("worker", "database", "blobs", "api")
SECONDS_BETWEEN_KILLS = 6.0
Results = dict[str, tuple[str, float | None]]


@pytest.fixture
def site() -> Iterator[Site]:
    """Return a clone of the project with all images built, and nothing running yet."""
    with engine() as environment, tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        make_base(environment, folder)
        site = clone(folder / "clone", environment)
        site.shell("deploy/make-secrets")
        with ThreadPoolExecutor() as pool:
            made = [
                pool.submit(site.shell, "docker compose build"),
                pool.submit(make_postgres, environment),
                pool.submit(make_store, environment, folder),
            ]
        for one in made:
            one.result()
        try:
            yield site
        finally:
            site.shell("docker compose down --volumes --timeout 1")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Return what each student hands in: right and wrong solutions in turn."""
    written = {}
    for number, student_id in enumerate(STUDENTS):
        case = SUBMISSIONS / EDITION / CASES[number % len(CASES)]
        load_case(case).write(tmp_path / student_id)
        [file] = (tmp_path / student_id).iterdir()
        written[student_id] = file.rename(tmp_path / f"hw1_{student_id}.ipynb")
        (tmp_path / student_id).rmdir()
    return written


def test_containers_grade_as_the_command_line_does_whatever_is_killed(
    site: Site, files: dict[str, Path], tmp_path: Path
) -> None:
    """
    Every upload gets one result, recorded once, with the score that ``grader batch`` gives.

    Worker, database, store and API are killed meanwhile; then there are three workers, everything
    is restarted, and a backup is put back into empty volumes. The sandbox holds throughout.
    """
    expected = _graded_by_command(files, tmp_path)
    staff, students = _opened(site)
    site.sql(";".join(POSTGRESQL))

    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(hand_in, site, students[one], files[one]) for one in EARLY[:-4]]
        for victim, student_id in zip(VICTIMS, EARLY[-4:], strict=True):
            time.sleep(SECONDS_BETWEEN_KILLS)
            site.kill(victim)
            sent.append(pool.submit(hand_in, site, students[student_id], files[student_id]))
    early = [answer.result() for answer in sent]
    _require(staff, site, {one: expected[one] for one in EARLY}, early)

    site.shell("docker compose up --detach --scale worker=3")
    until(lambda: _workers(site) == 3, "three workers grade", site)
    late = [hand_in(site, students[one], files[one]) for one in LATE]
    _require(staff, site, expected, early + late)

    site.shell("docker compose restart")
    until(site.answers, "it answers after the restart", site)
    assert results(staff) == expected
    _restored_into_empty_volumes(site)
    assert results(staff) == expected
    _require_the_sandbox_holds(site)


def _graded_by_command(files: dict[str, Path], tmp_path: Path) -> Results:
    """Return what ``grader batch`` says of the same files."""
    source, out = tmp_path / "class", tmp_path / "out"
    source.mkdir()
    for file in files.values():
        (source / file.name).write_bytes(file.read_bytes())
    command = [sys.executable, "-m", "grader.cli", "batch", str(source), "--out", str(out)]
    subprocess.run([*command, "--edition", EDITION], check=True, cwd=ROOT, capture_output=True)
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    return {row["student_id"]: (row["state"], float(row["score"])) for row in rows}


def _opened(site: Site) -> tuple[httpx.Client, dict[str, httpx.Client]]:
    """Start everything as documented; return the browsers of the staff and of each student."""
    draw, start, add = documented("**With Docker**")
    assert draw.split()[0] == "deploy/make-secrets"
    site.shell(draw)
    site.shell(start)
    until(site.answers, "it answers and a worker is there", site)
    *_, link = site.shell(add).split()
    staff = log_in(site, link)
    return staff, enrol(site, staff, STUDENTS)


def _require(staff: httpx.Client, site: Site, expected: Results, accepted: list[str]) -> None:
    """Wait for all results: each as expected, and each submission's one run ended once."""
    until(lambda: all_final(staff), "every submission has its result", site)
    assert results(staff) == expected
    ended = site.sql("SELECT submission_id FROM witnessed JOIN runs ON id = run_id")
    assert sorted(ended) == sorted(accepted)


def _workers(site: Site) -> int:
    """Return how many workers were seen within the last half minute."""
    token = (site.folder / "deploy" / "secrets" / "grader_metrics_token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{site.address}/metrics", headers=headers, trust_env=False)
    [line] = [one for one in answer.text.splitlines() if one.startswith("grader_workers ")]
    return int(float(line.split()[1]))


def _restored_into_empty_volumes(site: Site) -> None:
    """Back up while it runs, lose every volume, put the backup back: each as documented."""
    backups = site.folder / "backups"
    backups.mkdir()
    backups.chmod(0o777)
    save, stop, *restore = (
        line.replace("/backups:", f"{backups}:") for line in documented("In Docker (user 10001")
    )
    site.shell(save)
    site.shell(stop)
    site.shell("docker compose down --volumes")
    for line in restore:
        site.shell(line)
    until(site.answers, "it answers after the restore", site)


def _require_the_sandbox_holds(site: Site) -> None:
    """Nothing breaks out, with bubblewrap and where Docker denies what bubblewrap needs."""
    plain = site.shell("docker compose run --rm worker doctor")
    more = "docker compose -f docker-compose.yml -f deploy/docker-compose.bubblewrap.yml"
    walled = site.shell(f"{more} run --rm worker doctor")

    for said in (plain, walled):
        assert "attempts to break out failed" in said
    assert "missing bubblewrap" in plain
    assert "ok      bubblewrap" in walled
