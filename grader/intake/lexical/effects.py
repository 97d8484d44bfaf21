"""Which statements would train, plot, download or wait if they ran: found by what they call."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from grader.intake.lexical.usage import Usage

# Names as the template imports them; a notebook's own imports come before these.
_USUAL_ALIASES = {
    "plt": "matplotlib.pyplot",
    "sns": "seaborn",
    "pd": "pandas",
    "np": "numpy",
    "optim": "torch.optim",
    "datasets": "torchvision.datasets",
    "DataLoader": "torch.utils.data.DataLoader",
}
PLOTTING = "plotting"
# A name ending in a dot means everything below it; one starting with a dot is any such method.
EFFECTS: Mapping[str, tuple[str, ...]] = {
    "training": (".backward", "torch.optim.", "torch.autograd.backward"),
    "loading data": ("torchvision.datasets.", "torch.utils.data.DataLoader", "download="),
    PLOTTING: (
        "matplotlib.",
        "seaborn.",
        "plotly.",
        "torch.utils.tensorboard.",
        ".savefig",
        ".imshow",
    ),
    "download": (
        "urllib.",
        "requests.",
        "gdown.",
        "wget.",
        "torch.hub.",
        "google.colab.",
        "kagglehub.",
        "huggingface_hub.",
    ),
    "files": (
        "open",
        "io.open",
        "torch.load",
        "torch.save",
        "numpy.load",
        "numpy.save",
        "numpy.savez",
        "numpy.loadtxt",
        "numpy.savetxt",
        "numpy.genfromtxt",
        "pandas.read_csv",
        "pickle.load",
        "os.listdir",
        "os.makedirs",
        "os.mkdir",
        "os.remove",
        "shutil.",
        "glob.",
        "zipfile.",
    ),
    "waiting for input": ("input", "getpass.", "time.sleep", "breakpoint", "pdb.set_trace"),
    "shell commands": ("os.system", "os.popen", "os.exec", "subprocess.", "get_ipython"),
    "leaving Python": ("exit", "quit", "sys.exit", "os._exit", "os.kill", "os.abort"),
}
_EXACT = {name: effect for effect, names in EFFECTS.items() for name in names}


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What calling each function, constructor and method of a notebook would do."""

    aliases: Mapping[str, str]
    of_bodies: Mapping[str, str]
    own: Collection[str] = ()

    def of(self, calls: Iterable[str]) -> str | None:
        """Return the effect of running *calls*: plotting only where there is no other."""
        found = [effect for call in sorted(calls) if (effect := self._of_call(call))]
        return next(
            (effect for effect in found if effect != PLOTTING), found[0] if found else None
        )

    def _of_call(self, call: str) -> str | None:
        body = self.of_bodies.get(call) or self.of_bodies.get(self._in_module(call))
        return body or _direct(call, self.aliases)

    def _in_module(self, call: str) -> str:
        """Return ``f`` for a function of an own module, however it is reached."""
        root, dot, rest = call.partition(".")
        name = self.aliases.get(root, root) + dot + rest
        module, _, function = name.rpartition(".")
        return function if module in self.own else ""


def find_effects(
    usages: Iterable[Usage], imports: Iterable[ast.stmt], own: Collection[str] = ()
) -> Effects:
    """
    Return the effects of every function in *usages*, those of what they call included.

    *own* are the student's own modules, in which functions are as in the notebook itself.
    """
    aliases = {**_USUAL_ALIASES, **_aliases(imports)}
    bodies: dict[str, frozenset[str]] = {}
    for usage in usages:
        bodies.update(usage.bodies)
    callers: dict[str, list[str]] = {}
    for name, calls in bodies.items():
        for call in calls:
            callers.setdefault(call, []).append(name)
    found = {
        name: effect
        for name, calls in bodies.items()
        if (effect := _first(calls, aliases, bodies))
    }
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        for caller in callers.get(name, ()):
            if caller not in found:
                found[caller] = found[name]
                waiting.append(caller)
    return Effects(aliases=aliases, of_bodies=found, own=own)


def _first(
    calls: Iterable[str], aliases: Mapping[str, str], own: Mapping[str, object]
) -> str | None:
    """Return the first direct effect of *calls*, those of the notebook's own functions aside."""
    effects = (_direct(call, aliases) for call in sorted(calls) if call not in own)
    return next((effect for effect in effects if effect), None)


def _direct(call: str, aliases: Mapping[str, str]) -> str | None:
    """Return the effect of a call by its full name or a package it lies in."""
    root, dot, rest = call.partition(".")
    name = aliases.get(root, root) + dot + rest
    if effect := _EXACT.get(name):
        return effect
    parts = name.split(".")
    packages = (".".join(parts[:i]) + "." for i in range(1, len(parts)))
    return next((_EXACT[package] for package in packages if package in _EXACT), None)


def _aliases(imports: Iterable[ast.stmt]) -> dict[str, str]:
    """Return what each imported name stands for: ``{"plt": "matplotlib.pyplot"}``."""
    aliases: dict[str, str] = {}
    for node in imports:
        if isinstance(node, ast.Import):
            aliases.update({a.asname: a.name for a in node.names if a.asname})
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            aliases.update({a.asname or a.name: f"{module}.{a.name}" for a in node.names})
    return aliases
