"""The sandbox's own proof, and what happens where a layer is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox import policy, proof
from grader.sandbox.inside import landlock, lockdown, seccomp
from grader.sandbox.policy import BUBBLEWRAP, LANDLOCK, REMEDIES, SECCOMP, Policy
from grader.sandbox.processes import launch, pool
from grader.sandbox.runner import Sandbox

Make = Callable[..., Sandbox]


def test_every_attempt_fails_under_the_policies_that_grade(hard_policy: Policy) -> None:
    """Files, sockets, processes, signals and privileges are out of reach."""
    proved = proof.prove(hard_policy)

    assert set(proved.layers) >= policy.ALWAYS_NEEDED
    assert len(proved.attempts) > 20
    assert set(proved.remedies) == set(policy.LAYERS) - set(proved.layers)


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("layer", "could"), [(SECCOMP, "start a process"), (LANDLOCK, "read /etc/passwd")]
)
def test_the_proof_fails_where_a_layer_is_off(layer: str, could: str) -> None:
    """Without a layer some attempt succeeds, and the message names it."""
    weaker = policy.full().without(layer, BUBBLEWRAP)

    with pytest.raises(SandboxError, match=could):
        proof.prove(weaker)
    pool.shared(weaker).close()


@pytest.mark.few(1)
@pytest.mark.parametrize("layer", sorted(policy.ALWAYS_NEEDED))
def test_a_needed_layer_that_does_not_hold_stops_the_grading(make: Make, layer: str) -> None:
    """A policy that needs a layer refuses to start without it, and says how to get it."""
    tried = policy.full().tried - {layer, BUBBLEWRAP}
    broken = Policy(tried=tried, needed=policy.ALWAYS_NEEDED)

    with pytest.raises(SandboxError) as caught:
        make("def f(): return 1", policy=broken).loaded()
    pool.shared(broken).close()

    assert layer in str(caught.value)
    assert REMEDIES[layer] in str(caught.value)


def test_ones_own_code_needs_no_layer(make: Make) -> None:
    """The weaker mode runs with whatever holds, and says what that is."""
    weak = Policy(tried=frozenset({"rlimits"}), needed=frozenset(), own_code=True)
    sandbox = make("def f(): return 1", policy=weak)

    assert sandbox.call(["f"], [], limit_seconds=60).error is None
    assert sandbox.layers == ("rlimits",)
    pool.shared(weak).close()


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("script", "told"),
    [
        (None, "apt-get install bubblewrap"),
        ("echo 'bwrap: No permissions to create new namespace' >&2; exit 1", "No permissions to"),
        ("exit 7", "exit status 7"),
    ],
)
def test_a_bubblewrap_that_is_denied_is_not_to_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, told: str
) -> None:
    """A missing layer's remedy: what is not there is installed, what is denied is allowed."""
    if script is not None:
        program = tmp_path / "bwrap"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    used = policy.full().without(BUBBLEWRAP)

    remedy = proof.prove(used).remedies[BUBBLEWRAP]
    pool.shared(used).close()

    assert told in remedy
    assert ("apt-get install" in remedy) is (script is None)
    assert ("allow user namespaces" in remedy) is (script is not None)


@pytest.fixture
def alone() -> Iterator[Policy]:
    """Return the policy of a machine on which nothing can be forked or locked."""
    used = Policy(tried=frozenset(), needed=frozenset(), own_code=True, forked=False)
    yield used
    pool.shared(used).close()


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("name", "kind"),
    [("fine", None), ("dies", "exited"), ("stuck", "timed_out"), ("breaks", "crashed")],
)
def test_ones_own_code_runs_where_nothing_can_be_forked(
    make: Make, alone: Policy, name: str, kind: str | None
) -> None:
    """As on macOS and Windows: a process for each worker, with the same answers and errors."""
    source = (
        "import os, ctypes\ndef fine(): return 1\ndef dies(): os._exit(0)\n"
        "def stuck():\n    while True: pass\ndef breaks(): ctypes.string_at(0)\n"
    )
    sandbox = make(source, policy=alone)
    sandbox.loaded()

    error = sandbox.call([name], [], limit_seconds=1 if kind == "timed_out" else 60).error

    assert (error.kind if error else None) == kind
    assert sandbox.layers == ()


def test_bubblewraps_root_holds_nothing_of_ours() -> None:
    """What bubblewrap mounts is the interpreter and libraries, neither project nor home."""
    command = launch.bubblewrapped("bwrap", 3, 4)
    sources = {command[i + 1] for i, word in enumerate(command) if word == "--ro-bind"}
    project = Path(launch.__file__).resolve().parents[3]

    assert not any(project.is_relative_to(source) for source in sources)
    assert not any(Path(source) in (project, Path.home(), Path("/")) for source in sources)
    assert {"--unshare-pid", "--unshare-net", "--unshare-ipc", "--die-with-parent"} <= {*command}


def test_the_archive_holds_the_inside_and_nothing_else() -> None:
    """No answer, check or rubric travels into the sandbox."""
    import io
    import zipfile

    names = zipfile.ZipFile(io.BytesIO(launch.archive())).namelist()

    assert "grader/sandbox/inside/worker.py" in names
    ours = ("__main__.py", "grader/__init__.py")
    assert all(name in ours or name.startswith("grader/sandbox/") for name in names)
    outside = ("runner", "processes", "calls", "policy", "proof")
    assert not any(f"/{word}" in name for name in names for word in outside)


def test_this_projects_packages_are_not_readable() -> None:
    """Of a folder of libraries Landlock allows the entries that are not this project's."""
    allowed = [Path(path) for path in launch.readable_paths()]
    project = Path(launch.__file__).resolve().parents[3]

    assert not any(project.is_relative_to(path) for path in allowed)
    assert not any((project / "grader").is_relative_to(path) for path in allowed)
    assert any(path.name == "torch" for path in allowed)


def test_the_filter_is_assembled_for_both_machines() -> None:
    """Both programs end in a refusal and fit the kernel's limit; no jump leads out of them."""
    for machine in (0, 1):
        program = seccomp.assemble(machine, 1234)
        assert 200 < len(program) < 4096
        assert program[-1][0] == 0x06
        assert program[-1][3] == 0x00050000 | 1
        for place, (code, true, false, _) in enumerate(program):
            if code in (0x15, 0x35):
                assert place + 1 + max(true, false) < len(program)


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        (0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        (1, "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_the_numbers_of_system_calls_are_the_kernels(machine: int, header: str) -> None:
    """Every number in the allow-list is the one in the kernel's own header."""
    if not Path(header).exists():
        pytest.skip("the kernel's headers are not installed")
    text = Path(header).read_text()
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)
    numbers = {name: int(number) for name, number in found}
    numbers.setdefault("newfstatat", numbers.get("fstatat", -1))
    checked = {name: entry[:2] for name, entry in seccomp.CHECKED.items()}
    single = {"clone": seccomp.CLONE, "clone3": seccomp.CLONE3, "tgkill": seccomp.TGKILL}

    for name, pair in {**seccomp.ALLOWED, **checked, **single}.items():
        if pair[machine] is not None:
            assert numbers[name] == pair[machine], name


def test_an_unused_user_is_taken_from_those_that_exist() -> None:
    """The worker's user lies inside the map, at its upper end, whatever the map's size."""
    wide = pool._unused_user("         0          0 4294967295\n")
    narrow = pool._unused_user("         0     100000      65536\n")

    assert 0x6A000000 <= wide < 0x6B000000
    assert 60_000 < narrow < 65_535


def test_the_kernels_landlock_is_found() -> None:
    """The ABI is a small number where there is one; the layer's failure is told otherwise."""
    assert 0 <= landlock.abi() < 100
    held = lockdown.lock({"layers": ["landlock"]})
    assert held["landlock"].startswith("KeyError")
