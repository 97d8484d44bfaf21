"""Command lines, environment and files with which the sandbox's first process starts."""

from __future__ import annotations

import functools
import io
import os
import platform
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.sandbox.processes.interpreter import Interpreter, interpreter

_SANDBOX = Path(__file__).parents[1]
_SHARED = ("__init__.py", "budget.py", "protocol.py", "frames.py")
OURS = frozenset(("grader", "reference", "report_templates", "api", "tests"))
_MAIN = """\
import sys
sys.path += sys.argv[2:]
from grader.sandbox.inside.{entry} import main
main(int(sys.argv[1]))
"""
_ARCHIVE_IN_ROOT = "/sandbox.pyz"
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "PATH": "/nonexistent",
    "CUDA_VISIBLE_DEVICES": "",
    # One thread before the fork: a child of a process that ever ran two hangs in OpenMP.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    # torchvision.models imports torch's compiler, which makes this folder unless it exists.
    "TORCHINDUCTOR_CACHE_DIR": "/",
}


@functools.cache
def archive(entry: str = "zygote") -> bytes:
    """
    Return a zip file that Python can run: the sandbox's inside and nothing else of ours.

    *entry* is the module whose ``main`` it calls with the number of its control channel.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as target:
        target.writestr("__main__.py", _MAIN.format(entry=entry))
        target.writestr("grader/__init__.py", "")
        files = [
            *(_SANDBOX / name for name in _SHARED),
            *sorted((_SANDBOX / "inside").rglob("*.py")),
        ]
        for file in files:
            name = f"grader/sandbox/{file.relative_to(_SANDBOX).as_posix()}"
            target.writestr(name, file.read_text(encoding="utf-8"))
    return held.getvalue()


def library_folders() -> tuple[str, ...]:
    """Return the site-packages folders that torch and numpy lie in."""
    return interpreter().libraries


def listable_paths() -> list[str]:
    """Return the folders whose names Landlock lets a student's code list, as an import does."""
    return [*dict.fromkeys((*_standard_folders(), *library_folders()))]


def import_path() -> list[str]:
    """Return the folders that a student's code imports modules from."""
    return [*_standard_folders(), interpreter().compiled, *library_folders()]


def readable_paths() -> list[str]:
    """
    Return the files and folders that Landlock lets a student's code read.

    Of a folder of libraries these are its entries without this project's own packages.
    """
    return list(_readable(interpreter()))


@functools.cache
def _readable(_python: Interpreter) -> list[str]:
    folders = listable_paths()
    entries = [str(path) for folder in folders for path in _foreign(Path(folder))]
    return [*entries, *_system_libraries(), "/dev/urandom", "/dev/null"]


def python() -> str:
    """Return the interpreter itself, not the link or launcher in a virtual environment."""
    return interpreter().executable


def command(descriptor: int, archive_path: str) -> list[str]:
    """Return the command that runs the archive with its control channel on *descriptor*."""
    return [python(), "-I", "-S", "-B", archive_path, str(descriptor), *library_folders()]


def bubblewrap() -> str | None:
    """Return bubblewrap's path where it is installed and works here, else None."""
    program = shutil.which("bwrap")
    return program if program is not None and _refusal(program) is None else None


def bubblewrap_refusal() -> str | None:
    """Return why an installed bubblewrap does not work here; None: it does, or is missing."""
    program = shutil.which("bwrap")
    return None if program is None else _refusal(program)


@functools.cache
def _refusal(program: str) -> str | None:
    """Return what bubblewrap says when it is kept from working, None where it works."""
    if platform.system() != "Linux":
        return "this is not Linux"
    probe = [program, *_namespaces(), "--ro-bind", "/", "/", "--proc", "/proc", "/bin/true"]
    done = subprocess.run(probe, check=False, capture_output=True, timeout=20, text=True)
    if done.returncode == 0:
        return None
    said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return said[-1].removeprefix("bwrap: ")


def bubblewrapped(program: str, descriptor: int, archive_descriptor: int) -> list[str]:
    """
    Return the command of the sandbox within bubblewrap.

    Its root is read-only and holds the interpreter, its libraries, /dev and /proc of its own
    process namespace: no home, no project, no shell.
    """
    arguments = [program, *_namespaces(), "--die-with-parent", "--new-session", "--clearenv"]
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    for path in ("/lib", "/lib64"):
        arguments += _link_or_bind(path)
    # For libraries that insist on a place for temporary files while they are imported; students
    # cannot write there. It comes before what is bound: the project may itself lie below /tmp.
    arguments += ["--size", str(16 << 20), "--perms", "0755", "--tmpfs", "/tmp"]
    bound = _bound()
    parents = {str(parent) for path in bound for parent in Path(path).parents}
    for path in sorted(parents - {"/", "/tmp"}):
        # Left to bubblewrap they would be root's alone.
        arguments += ["--perms", "0755", "--dir", path]
    for path in bound:
        arguments += ["--ro-bind", path, path]
    for path in _masked():
        arguments += ["--tmpfs", path, "--remount-ro", path]
    arguments += ["--ro-bind-data", str(archive_descriptor), _ARCHIVE_IN_ROOT]
    arguments += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*arguments, "--chdir", "/", *command(descriptor, _ARCHIVE_IN_ROOT)]


def _namespaces() -> list[str]:
    shared = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    if os.geteuid() == 0:
        # Real root maps nobody: each worker leaves root for a user of its own by itself.
        kept = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL")
        return [*shared, "--cap-drop", "ALL", *_pairs("--cap-add", kept)]
    return [*shared, "--unshare-user", "--uid", "65534", "--gid", "65534", "--cap-drop", "ALL"]


def _bound() -> list[str]:
    base = Path(interpreter().base_prefix)
    wanted = [Path("/usr/lib"), Path("/usr/lib64"), Path("/etc/ld.so.cache"), base / "lib"]
    wanted += [Path(python()), *map(Path, library_folders())]
    kept: list[Path] = []
    for path in wanted:
        if path.exists() and not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return [str(path) for path in kept]


def _masked() -> list[str]:
    folders = (Path(folder) / name for folder in library_folders() for name in sorted(OURS))
    return [str(folder) for folder in folders if folder.is_dir()]


def _standard_folders() -> list[str]:
    return [*interpreter().standard]


def _foreign(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.name not in {*OURS, "site-packages"} and not entry.name.startswith(
            ("__editable__", "_virtualenv")
        ):
            yield entry


def _system_libraries() -> list[str]:
    triplet = interpreter().multiarch
    folders = [Path(root) / triplet for root in ("/lib", "/usr/lib")] if triplet else []
    folders += [Path("/lib64"), Path("/usr/lib64"), Path("/etc/ld.so.cache")]
    shared = Path(interpreter().base_prefix) / "lib"
    folders += [*shared.glob("*.so*")]
    return [str(folder) for folder in folders if folder.exists()]


def _link_or_bind(path: str) -> list[str]:
    if Path(path).is_symlink():
        return ["--symlink", str(Path(path).readlink()), path]
    return ["--ro-bind-try", path, path]


def _pairs(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]
