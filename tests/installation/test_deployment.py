"""
The image and the compose file, as far as that goes without a Docker engine.

hadolint and docker-compose judge, too, where they are installed, as they are for the tests.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.kit.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
OURS = ("api", "worker")
# A registry, an index or any other machine by its name.
HOST_NAME = re.compile(r"\b[a-z0-9-]+\.(?:com|org|io|net|dev|eu|ai)\b")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def with_nothing_set(value: str) -> str:
    """Return what a value of the compose file is where no variable is set, nested ones too."""
    variable = re.compile(r"\$\{\w+:-([^${}]*)\}")
    while variable.search(value):
        value = variable.sub(r"\1", value)
    return value


def program(name: str) -> str:
    """Return the program that pip installed beside this Python, or skip the test."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    return found or pytest.skip(f"{name} is not installed: make test installs it")


@pytest.mark.parametrize("name", ["api", "worker", "database", "blobs"])
def test_every_container_is_confined(services: dict[str, Any], name: str) -> None:
    """Read-only root, no capability, no new privileges, limits, a health check, log rotation."""
    service = services[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "mem_limit", "pids_limit"} <= set(service)
    assert service["healthcheck"]["test"]
    assert service["logging"]["options"]["max-size"]
    assert service["tmpfs"]


def test_secrets_come_from_files_and_settings_exist(services: dict[str, Any]) -> None:
    """Every variable and every secret is a setting; no password stands in the file."""
    known = {f"GRADER_{name.upper()}" for name in Settings.model_fields} | {"TMPDIR"}
    for name in OURS:
        assert set(services[name]["environment"]) <= known
        assert {secret.upper() for secret in services[name]["secrets"]} <= known
    for service in services.values():
        for variable in service.get("environment", {}):
            secret = re.search("PASSWORD|SECRET|TOKEN", variable)
            assert not secret or variable.endswith("_FILE"), variable


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_the_file_are_valid(
    services: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing set outside, every value is one that the program takes."""
    for variable, value in services[name]["environment"].items():
        monkeypatch.setenv(variable, with_nothing_set(value))
    settings = Settings()

    assert settings.s3_url == "s3://grader/blobs"
    assert settings.workers == 2


@pytest.mark.parametrize("name", ["time_zone", "public_url", "oidc_issuer", "oidc_client_id"])
def test_what_differs_between_courses_is_passed_on(services: dict[str, Any], name: str) -> None:
    """It is set outside the file, and is else what it is without Docker."""
    default = Settings.model_fields[name].default
    variable = f"GRADER_{name.upper()}"

    value = services["api"]["environment"][variable]
    assert value.startswith(f"${{{variable}:-")
    assert with_nothing_set(value) == default


def test_links_lead_to_the_port_that_is_published(services: dict[str, Any]) -> None:
    """Where only GRADER_PORT is set, the links that the service prints carry that port."""
    address = services["api"]["environment"]["GRADER_PUBLIC_URL"]

    assert address.endswith(":${GRADER_PORT:-8000}}")
    assert ":${GRADER_PORT:-8000}:8000" in services["api"]["ports"][0]


def test_what_is_uploaded_takes_no_memory(services: dict[str, Any]) -> None:
    """A class's zip may be as large as the API's memory, so it waits on a volume."""
    api = services["api"]
    folder = api["environment"]["TMPDIR"]

    assert f"uploads:{folder}" in api["volumes"]
    assert not [one for one in api["tmpfs"] if one.startswith(folder)]


def test_only_the_api_is_reachable(services: dict[str, Any]) -> None:
    """Database, files and workers listen to each other only; the API to this machine's proxy."""
    assert [name for name, service in services.items() if "ports" in service] == ["api"]
    assert services["api"]["ports"][0].startswith("${GRADER_LISTEN:-127.0.0.1}:")
    assert services["worker"]["networks"] == ["back"]
    assert yaml.safe_load(COMPOSE.read_text())["networks"]["back"]["internal"] is True


def test_images_of_others_are_of_one_version(services: dict[str, Any]) -> None:
    """An image without a version is another one at each upgrade."""
    for name in ("database", "blobs"):
        assert re.fullmatch(r"\$\{\w+:-[a-z/]+:\d[\w.-]*\}", services[name]["image"])


def test_images_can_be_pinned_by_digest(tmp_path: Path) -> None:
    """Each image of others comes with its tag's digest, under the name that the files take."""
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$1" = pull ] || echo "name@sha256:$(echo "$5" | wc -c)"\n')
    docker.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    pin = [ROOT / "deploy" / "pin-images"]
    done = subprocess.run(pin, check=False, env=environment, capture_output=True, text=True)

    pins = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert set(pins) == {"PYTHON_IMAGE", "POSTGRES_IMAGE", "S3_IMAGE"}
    assert pins["PYTHON_IMAGE"] == "python:3.14-slim-trixie@sha256:24"
    for name in ("POSTGRES_IMAGE", "S3_IMAGE"):
        image = pins[name].partition("@")[0]
        assert f"image: ${{{name}:-{image}}}" in COMPOSE.read_text()
    built = yaml.safe_load(COMPOSE.read_text())["services"]["api"]["build"]
    assert "PYTHON_IMAGE" in built["args"]


def test_no_digest_is_no_pin(tmp_path: Path) -> None:
    """An image that has none, as one that was built here, ends in an error and not in a pin."""
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n")
    docker.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    pin = [ROOT / "deploy" / "pin-images"]
    done = subprocess.run(pin, check=False, env=environment, capture_output=True, text=True)

    assert done.returncode != 0
    assert "no digest is known of python:" in done.stderr
    assert done.stdout == ""


def test_the_database_is_healthy_only_once_it_listens(services: dict[str, Any]) -> None:
    """While PostgreSQL's image sets itself up it answers on its socket, and to no one else."""
    assert "--host" in services["database"]["healthcheck"]["test"]


def test_the_store_of_files_syncs_and_shows_nothing_but_s3(services: dict[str, Any]) -> None:
    """Its own port, its bucket and what makes it durable are those that the service relies on."""
    start = (ROOT / "deploy" / "start-blobs").read_text()
    settings = services["api"]["environment"]
    bucket = settings["GRADER_S3_URL"].removeprefix("s3://").partition("/")[0]

    assert f"-locationPrefix=/buckets/{bucket}/ -fsync -apply" in start
    assert f"AWS_ACCESS_KEY_ID={settings['GRADER_S3_ACCESS_KEY_ID']}\n" in start
    assert f"{settings['GRADER_S3_ENDPOINT'][-5:]}/healthz" in str(
        services["blobs"]["healthcheck"]
    )
    assert "-ip=127.0.0.1 " in start
    for mounted in services["blobs"]["volumes"][1:]:
        assert (ROOT / mounted.partition(":")[0]).is_file()
    for secret in re.findall(r"/run/secrets/(\w+)", start):
        assert secret in services["blobs"]["secrets"]
    filer = tomllib.loads((ROOT / "deploy" / "seaweedfs-filer.toml").read_text())
    assert list(filer) == ["postgres2"]
    assert filer["postgres2"]["hostname"] in services


def test_workers_can_be_many(services: dict[str, Any]) -> None:
    """A worker has neither a name nor a port of its own, and time to finish what it grades."""
    assert not {"container_name", "ports", "hostname"} & set(services["worker"])
    assert services["worker"]["stop_grace_period"] == "6m"


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The last stage ends as a user without privileges, and says when it is ill."""
    last = dockerfile().rpartition("\nFROM ")[2]

    assert re.search(r"^USER (\d+):\1$", last, re.MULTILINE)
    assert "\nHEALTHCHECK " in last
    assert "pip install" not in last


def test_our_own_packages_are_not_among_those_that_students_may_import() -> None:
    """In a plain container nothing hides a part of site-packages, so ours must not be in there."""
    install = re.findall(r"^RUN pip install .*$", dockerfile(), re.MULTILINE)

    assert install[-1].endswith(" --target /opt/project . \\")


def test_no_registry_is_named() -> None:
    """Where packages and images come from is the machine's business."""
    written = [dockerfile(), COMPOSE.read_text()]
    written += [path.read_text() for path in (ROOT / "deploy").glob("*") if path.is_file()]

    assert not [name for text in written for name in HOST_NAME.findall(text)]
    assert "ARG PIP_INDEX_URL\n" in dockerfile()


def test_the_image_holds_every_package() -> None:
    """A new room of the project must be copied into the image, and let in by .dockerignore."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rooms = [
        name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]
    ]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    for room in rooms:
        assert f"\nCOPY {room} {room}\n" in dockerfile()
        assert f"!{room}" in ignored


def test_drawn_secrets_are_what_the_compose_file_asks_for(tmp_path: Path) -> None:
    """make-secrets writes each file once, in a folder that only its owner can enter."""
    script = shutil.copy(ROOT / "deploy" / "make-secrets", tmp_path)
    subprocess.run([script], check=True, capture_output=True)
    folder = tmp_path / "secrets"
    first = {path.name: path.read_text() for path in folder.iterdir()}
    subprocess.run([script], check=True, capture_output=True)

    asked = yaml.safe_load(COMPOSE.read_text())["secrets"]
    assert {Path(entry["file"]).name for entry in asked.values()} == set(first)
    assert first == {path.name: path.read_text() for path in folder.iterdir()}
    assert folder.stat().st_mode & 0o077 == 0
    assert len(first["grader_secret_key"]) == 64
    drawn = [text for text in first.values() if text]  # the others are what somebody gives you
    assert len(set(drawn)) == len(drawn) == 5
    assert first["postgres_password"] in first["grader_database_url"]


def test_settings_are_read_from_secret_files(tmp_path: Path) -> None:
    """A file named like the setting, in small letters, sets it; its last newline is no part."""
    (tmp_path / "grader_metrics_token").write_text("sesame\n")
    (tmp_path / "grader_database_url").write_text("postgresql+psycopg://u:p@h/d")
    settings = Settings(_secrets_dir=tmp_path)  # type: ignore[call-arg]

    assert settings.metrics_token.get_secret_value() == "sesame"
    assert settings.resolved_database_url == "postgresql+psycopg://u:p@h/d"


@pytest.mark.parametrize(
    "more", [[], ["deploy/docker-compose.data.yml"], ["deploy/docker-compose.bubblewrap.yml"]]
)
def test_docker_compose_takes_the_files(tmp_path: Path, more: list[str]) -> None:
    """The real client finds nothing wrong with the files, alone and together."""
    client = program("docker-compose")
    files = [argument for name in ["docker-compose.yml", *more] for argument in ("-f", name)]
    checked = subprocess.run(
        [client, *files, "config", "--quiet"],
        cwd=ROOT,
        env=os.environ | {"GRADER_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_hadolint_finds_nothing() -> None:
    """The linter of Dockerfiles is content."""
    linter = program("hadolint")
    checked = subprocess.run(
        [linter, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stdout) == (0, "")
