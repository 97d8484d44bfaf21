"""A Docker engine: the one that answers here, or one that the tests start and end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

START_SECONDS = 60.0
STOP_SECONDS = 60.0
NEEDED_BYTES = 20_000_000_000  # of the images and the layers they are built from

Environment = dict[str, str]
"""Variables under which ``docker`` and ``docker compose`` work."""


def call(
    *command: str | Path, environment: Mapping[str, str], cwd: Path | None = None, text: str = ""
) -> str:
    """Return what a command prints; raise AssertionError with all of it where it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        env=environment,
        cwd=cwd,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{said[-4000:]}"
    return done.stdout


@contextmanager
def engine() -> Iterator[Environment]:
    """Give the environment of an engine; skip the test, with the reason, where there is none."""
    if os.geteuid():
        pytest.skip("starting an engine and killing what runs in containers takes root")
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed")
    with tempfile.TemporaryDirectory(prefix="grader-docker-", dir="/var/tmp") as name:
        environment = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
        environment |= _compose(Path(name), environment)
        if _answers(environment):
            yield environment
            return
        environment["DOCKER_HOST"] = f"unix://{name}/socket"
        with _started(Path(name), environment):
            yield environment


def _answers(environment: Environment) -> bool:
    asked = ["docker", "version"]  # fails where the client alone answers
    return not subprocess.run(
        asked, check=False, env=environment, capture_output=True, timeout=START_SECONDS
    ).returncode


def _compose(folder: Path, environment: Environment) -> Environment:
    """Return what makes ``docker compose`` work where only pip has installed Compose."""
    asked = ["docker", "compose", "version"]
    if not subprocess.run(asked, check=False, env=environment, capture_output=True).returncode:
        return {}
    program = shutil.which("docker-compose", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("Compose is not installed: make test-long installs it")
    plugins = folder / "config" / "cli-plugins"
    plugins.mkdir(parents=True)
    (plugins / "docker-compose").symlink_to(program)
    return {"DOCKER_CONFIG": str(plugins.parent)}


@contextmanager
def _started(folder: Path, environment: Environment) -> Iterator[None]:
    """Run an engine of our own within the block; nothing of its data is left after it."""
    program = shutil.which("dockerd", path=environment["PATH"])
    if program is None:
        pytest.skip("no Docker engine answers, and dockerd is not installed")
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        pytest.skip(f"images need {NEEDED_BYTES / 1e9:g} GB in {folder.parent}: {free / 1e9:.0f}")
    command = [program, "--host", environment["DOCKER_HOST"], "--data-root", f"{folder}/data"]
    command += ["--exec-root", f"{folder}/run", "--pidfile", f"{folder}/pid"]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd="/")
    try:
        _wait(daemon, folder / "log", environment)
        yield
    finally:
        daemon.terminate()
        daemon.wait(STOP_SECONDS)


def _wait(daemon: subprocess.Popen[bytes], log: Path, environment: Environment) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(environment):
        if daemon.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").splitlines()
            pytest.skip(f"no Docker engine can start here: {' '.join(said[-3:])[-500:]}")
        time.sleep(0.2)
    driver = call("docker", "info", "--format", "{{.Driver}}", environment=environment).strip()
    if driver == "vfs":
        pytest.skip("the engine has no overlay file system here: it would copy every layer")
