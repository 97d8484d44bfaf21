"""What is uploaded to Gradescope: this grader's own code, its versions, and two scripts."""

from __future__ import annotations

import importlib
import io
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DISTRIBUTION = "quantization-lab-grader"
EXTRA = "student"
PACKAGES = ("reference", "grader", "report_templates", "api")
TORCH = ("torch", "torchvision")
DATA_FOLDER = "/opt/data"
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
_WRITTEN = (1980, 1, 1, 0, 0, 0)  # the same zip for the same grader, the secret aside


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an instructor chooses; *torch_index* is an index with wheels of torch for CPUs."""

    edition: str
    visibility: str = VISIBILITIES[0]
    language: str = "en"
    fetch_data: bool = False
    torch_index: str = ""


def autograder_zip(settings: Settings) -> bytes:
    """Return the zip: Gradescope unpacks it into /autograder/source and runs its setup.sh."""
    values = {
        "EDITION": settings.edition,
        "VISIBILITY": settings.visibility,
        "LANGUAGE": settings.language,
        "TORCH_INDEX": settings.torch_index,
        "FETCH_DATA": "yes" if settings.fetch_data else "no",
        "DATA": f"--data {DATA_FOLDER}" if settings.fetch_data else "",
        "SECRET": secrets.token_hex(32),
    }
    pins = sorted(_pins())
    torch = [pin for pin in pins if pin.partition("==")[0] in TORCH]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("setup.sh", "run_autograder"):
            text = resources.files(__package__).joinpath(name).read_text("utf-8")
            _add(archive, name, _filled(text, values).encode(), mode=0o755)
        _add(archive, "requirements.txt", "".join(f"{pin}\n" for pin in pins).encode())
        _add(archive, "torch.txt", "".join(f"{pin}\n" for pin in torch).encode())
        _add(archive, *_description())
        for name, path in _project_files():
            _add(archive, f"packages/{name}", path.read_bytes())
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int = 0o644) -> None:
    entry = zipfile.ZipInfo(name, _WRITTEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = mode << 16
    archive.writestr(entry, data)


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _description() -> tuple[str, bytes]:
    """Return the file by which Python knows an installed package, which tells our version."""
    ours = metadata.distribution(DISTRIBUTION)
    told = ours.read_text("METADATA") or ours.read_text("PKG-INFO")  # a checkout has an egg-info
    if not told:
        raise metadata.PackageNotFoundError(DISTRIBUTION)
    folder = f"{DISTRIBUTION.replace('-', '_')}-{ours.version}.dist-info"
    return f"packages/{folder}/METADATA", told.encode()


def _project_files() -> Iterator[tuple[str, Path]]:
    """Yield the files of our packages, each with its name in the zip."""
    for package in PACKAGES:
        (found,) = importlib.import_module(package).__path__
        root = Path(found)
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{package}/{path.relative_to(root).as_posix()}", path


def _pins() -> Iterator[str]:
    """Yield ``name==version`` of everything that the grader needs, as it is installed here."""
    seen: set[str] = set()
    waiting = [*_needed(DISTRIBUTION, {"", EXTRA})]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen:
            continue
        seen.add(name)
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # an extra that is not installed here
        yield f"{name}=={version.partition('+')[0]}"
        if name not in TORCH:  # what these need differs between their CPU and GPU wheels
            waiting.extend(_needed(name, {"", *requirement.extras}))


def _needed(distribution: str, extras: set[str]) -> Iterator[Requirement]:
    for text in metadata.requires(distribution) or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement
