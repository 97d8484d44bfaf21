"""A course on docker-compose.yml: set up as docs/operations.md says, used over HTTP."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from api.kit.models import FINAL_STATES
from tests.api.ports import free_port
from tests.installation.docker.engine import Environment, call
from tests.installation.docker.images import POSTGRES, PYTHON, STORE, pip_settings

ROOT = Path(__file__).parents[3]
NEEDED = ("Dockerfile", ".dockerignore", "docker-compose.yml", "deploy")
NOT_COPIED = shutil.ignore_patterns("secrets", "__pycache__")
PATIENCE_SECONDS = 240.0
EVERYBODY = "/api/v1/submissions?limit=200"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A clone of the project, and the containers of its compose file."""

    folder: Path
    environment: Environment
    port: int

    def shell(self, line: str) -> str:
        """Return what a line typed in the clone prints; it has to succeed."""
        return call("bash", "-c", line, environment=self.environment, cwd=self.folder)

    def kill(self, service: str) -> None:
        """End a container's processes by kill -9, so that the engine starts it again."""
        [container, *_] = self.shell(f"docker compose ps --quiet {service}").split()
        asked = f"docker inspect --format '{{{{.State.Pid}}}}' {container}"
        os.kill(int(self.shell(asked)), signal.SIGKILL)

    def sql(self, statements: str) -> list[str]:
        """Return the lines that PostgreSQL answers to statements."""
        client = "docker compose exec -T database psql -U grader -v ON_ERROR_STOP=1 -At"
        words = ["bash", "-c", client]
        said = call(*words, environment=self.environment, cwd=self.folder, text=statements)
        return said.splitlines()

    def answers(self) -> bool:
        """Return whether uploads are taken and a worker is there."""
        answer = httpx.get(f"{self.address}/readyz", timeout=10.0, trust_env=False)
        return answer.status_code == 200 and not answer.json().get("warnings")

    @property
    def address(self) -> str:
        """Return where the API is for a browser."""
        return f"http://127.0.0.1:{self.port}"


def clone(folder: Path, environment: Environment) -> Site:
    """Return a copy of this project, told in .env which images to start from."""
    text = (ROOT / ".dockerignore").read_text()
    for name in (*NEEDED, *re.findall(r"^!(\S+)$", text, re.MULTILINE)):
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns("secrets", "__pycache__")
            )
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    port = free_port()
    settings = {
        "COMPOSE_PROJECT_NAME": f"grader-test-{port}",
        "GRADER_IMAGE": "grader-test-image",
        "GRADER_PORT": str(port),
        "PYTHON_IMAGE": PYTHON,
        "POSTGRES_IMAGE": POSTGRES,
        "S3_IMAGE": STORE,
        **pip_settings(),
    }
    (folder / ".env").write_text("".join(f"{name}={settings[name]}\n" for name in settings))
    return Site(folder=folder, environment=environment, port=port)


def documented(before: str) -> list[str]:
    """Return the commands that docs/operations.md gives after the line that begins so."""
    lines = iter((ROOT / "docs" / "operations.md").read_text().splitlines())
    next(line for line in lines if line.startswith(before))
    commands: list[str] = []
    for line in lines:
        if line.startswith("    "):
            commands.append(line.strip())
        elif commands:
            break
    return commands


def until(met: Callable[[], object], what: str, site: Site) -> None:
    """
    Wait until something is so; fail with the containers' last words where it never is.

    While a container that was killed does not answer, it is not so yet.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _answered(met):
        if time.monotonic() > deadline:
            said = site.shell("docker compose ps --all; docker compose logs --tail 15")
            msg = f"not within {PATIENCE_SECONDS:g} s: {what}\n{said}"
            raise AssertionError(msg)
        time.sleep(0.5)


def _answered(met: Callable[[], object]) -> object:
    try:
        return met()
    except httpx.HTTPError:
        return False


def log_in(site: Site, link: str) -> httpx.Client:
    """Return a browser that has used a link, and sends what protects its forms."""
    browser = httpx.Client(
        base_url=site.address, timeout=60.0, trust_env=False, follow_redirects=True
    )
    form = {"csrf_token": _form_token(browser.get(link))}
    browser.post(link, data=form).raise_for_status()
    browser.headers["X-CSRF-Token"] = _form_token(browser.get("/account"))
    return browser


def _form_token(page: httpx.Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found[1]


def enrol(site: Site, staff: httpx.Client, student_ids: list[str]) -> dict[str, httpx.Client]:
    """Import a roster, and return each student's browser, logged in by the personal link."""
    table = "student_id,name,email\n" + "".join(f"{one},,\n" for one in student_ids)
    headers = {"Content-Type": "text/csv"}
    staff.post("/api/v1/roster", content=table, headers=headers).raise_for_status()
    links = staff.post("/api/v1/roster/links").raise_for_status().text.lstrip("\ufeff")
    return {
        row["student_id"]: log_in(site, row["link"]) for row in csv.DictReader(io.StringIO(links))
    }


def hand_in(site: Site, browser: httpx.Client, file: Path) -> str:
    """Send a file until the upload is answered; return the submission's id."""
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    found = ""

    def answered() -> bool:
        nonlocal found
        answer = browser.post(
            "/api/v1/submissions",
            files={"file": (file.name, file.read_bytes())},
            headers=headers,
        )
        assert answer.status_code in {202, 429, 503}, answer.text
        found = answer.json().get("id", "")
        return answer.status_code == 202

    until(answered, f"{file.name} is taken", site)
    return found


def all_final(staff: httpx.Client) -> bool:
    """Return whether every submission has its result."""
    answer = staff.get(EVERYBODY)
    final = {state.value for state in FINAL_STATES}
    return answer.status_code == 200 and all(
        one["state"] in final for one in answer.json()["items"]
    )


def results(staff: httpx.Client) -> dict[str, tuple[str, float | None]]:
    """Return the state and score of each student's one submission, by student id."""
    items = staff.get(EVERYBODY).raise_for_status().json()["items"]
    assert max(Counter(one["student_id"] for one in items).values()) == 1
    return {one["student_id"]: (one["state"], one["score"]) for one in items}
