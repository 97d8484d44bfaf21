"""Whether code in the sandbox can import what is installed here; where not, the fault is ours."""

from __future__ import annotations

import ast
import functools
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from grader.errors import SandboxError
from grader.sandbox.calls.replies import CallError
from grader.sandbox.inside.folders import closed_folder
from grader.sandbox.processes import launch

_WORD = re.compile(r"\w+")
_INDIRECT = frozenset(("tkinter",))  # what turtle imports
# More libraries that are imported before a start where a submission speaks of them.
SETTING = "GRADER_SANDBOX_LIBRARIES"
_EXECUTES = frozenset(("__import__", "import_module", "run_module", "exec", "eval", "compile"))
_COMPLETE = ("numpy", "torch", "torchvision")
# Imported before the fork where a submission speaks of them: each start would take a second.
_PRELOADED: dict[str, re.Pattern[str]] = {
    module: re.compile(rf"\b(?:{words})\b")
    for module, words in {
        "torchvision.transforms": "torchvision|transforms",
        "matplotlib.pyplot": "matplotlib|pylab",
        "scipy.stats": "scipy",
        "pandas": "pandas",
    }.items()
}
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def check_reach(folders: object) -> None:
    """Raise ``SandboxError`` where a worker says that *folders* of libraries are out of reach."""
    if not isinstance(folders, list) or not folders:
        return
    msg = (
        f"Python's libraries in {', '.join(map(str, folders))} cannot be read in the sandbox, so"
        f" right code would fail there: {_remedy(folders)}"
    )
    raise SandboxError(msg)


def _remedy(folders: Sequence[str]) -> str:
    closed = {str(path) for folder in folders if (path := closed_folder(Path(folder)))}
    if closed:
        return (
            f"install bubblewrap (apt-get install bubblewrap), or let other users pass through"
            f" (chmod o+x {' '.join(sorted(closed))})"
        )
    return f"let other users read them (chmod -R o+rX {' '.join(folders)})"


@functools.lru_cache(maxsize=1024)
def is_installed(name: str) -> bool:
    """
    Return whether the module *name* lies where a student's code may import from.

    Nothing is imported for the answer.
    """
    if not _NAME.fullmatch(name) or name.partition(".")[0] in launch.OURS:
        return False
    if name in sys.builtin_module_names:
        return True
    search: list[str] | None = [*launch.import_path()]
    spec: ModuleSpec | None = None
    whole = ""
    for part in name.split("."):
        if search is None:
            return False
        whole = f"{whole}.{part}" if whole else part
        spec = PathFinder.find_spec(whole, search)
        if spec is None:
            return False
        places = spec.submodule_search_locations
        search = None if places is None else [*places]
    return True


def imported_by(source: str) -> Iterator[str]:
    """Return the modules that *source* names where it is an import and nothing else."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            return


def lacking(module: str) -> str:
    """Return the end of a module's dotted name from the first part on that is not installed."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        if not is_installed(".".join(parts[:end])):
            return ".".join(parts[end - 1 :])
    return ""


def worth_preloading(sources: Iterable[str]) -> list[str]:
    """Return the libraries that these sources speak of, of those worth an import for everybody."""
    text = "\n".join(sources)
    named = os.environ.get(SETTING, "").replace(",", " ").split()
    preloaded = {name: re.compile(rf"\b{re.escape(name.partition('.')[0])}\b") for name in named}
    return [name for name, words in (_PRELOADED | preloaded).items() if words.search(text)]


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What a submission's own text says of the modules that it imports."""

    words: frozenset[str]
    own: frozenset[str]

    @classmethod
    def of(cls, fragments: Iterable[Mapping[str, Any]]) -> Imported:
        """Return what the sources import, and the roots of the modules that came with them."""
        words, own = set[str](), set[str]()
        for fragment in fragments:
            words.update(_WORD.findall(" ".join(_importing(fragment["source"]))))
            own.add(str(fragment.get("module", "")).partition(".")[0])
        return cls(words=frozenset(words), own=frozenset(own))

    def lacks(self, module: str, error: CallError) -> bool:
        """
        Return whether an import failed since *module*, or what it wanted of it, is not here.

        A name that numpy, torch or the standard library lacks is a mistake: what they had once
        is put back.  The module is as a worker reports it; one that the text does not import
        is not believed.
        """
        root = module.partition(".")[0]
        if error.exception not in ("ModuleNotFoundError", "ImportError") or root in self.own:
            return False
        if not _NAME.fullmatch(module) or not {root, root.lstrip("_")} & (self.words | _INDIRECT):
            return False
        if not is_installed(module):
            return True
        is_complete = root in _COMPLETE or root in sys.stdlib_module_names
        return error.exception == "ImportError" and not is_complete


def _importing(source: str) -> Iterator[str]:
    """Yield the dotted names that *source* imports, and the texts that may do so when they run."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield source
        return
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (module, *(alias.name for alias in names))
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _EXECUTES:
                texts = (a.value for a in ast.walk(node) if isinstance(a, ast.Constant))
                yield from (text for text in texts if isinstance(text, str))
