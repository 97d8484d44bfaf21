"""What is said where a process that grades ends: one line, with what helps."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import pytest

from grader.workers import slots
from grader.workers.slots import SlotError, Slots

# Killed at its first order and at its second start, as by a kernel without memory.
PROGRAM = """\
import os, pathlib, signal, socket, sys
starts = pathlib.Path(__file__).with_name("starts")
with starts.open("a") as file:
    file.write("x")
if starts.stat().st_size == 2:
    os.kill(os.getpid(), signal.SIGKILL)
end = socket.socket(fileno=int(sys.argv[1]))
end.sendall(b'{"ready": true, "unusable": {}}\\n')
end.recv(1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_runs_out_of_memory_is_said_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel kills without a word: the log says what that means and what to do."""
    monkeypatch.setattr(slots, "RESTART_SECONDS", 0.0)
    (tmp_path / "out_of_memory.py").write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    one = Slots("out_of_memory", 1, environment, limit_seconds=60.0, folder=tmp_path)
    one.open()

    with pytest.raises(SlotError, match="ended"):
        one.ask({}, lambda _stage: None)
    deadline = time.monotonic() + 60.0
    while (tmp_path / "starts").stat().st_size < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    one.close()

    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.exc_info for record in logged] == [None, None]
    killed = "the process that grades was killed, as the kernel does where memory runs out"
    assert killed.replace("grades", "graded") in logged[0].getMessage()
    assert killed in logged[1].getMessage()
    assert "--workers" in logged[1].getMessage()


SLOW = """\
import json, socket, sys
from grader.words.message import say
end = socket.socket(fileno=int(sys.argv[1]))
for done in "12":
    far = say("progress", "measuring", done=done, total="2").as_json()
    end.sendall(json.dumps({"starting": far}).encode() + b"\\n")
end.sendall(b'{"ready": true, "unusable": {}}\\n')
end.recv(1)
"""


def test_the_owner_is_told_how_far_a_start_has_come(tmp_path: Path) -> None:
    """The first start on new data takes half a minute: it says what it is doing."""
    (tmp_path / "slow.py").write_text(SLOW)
    here = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    environment = os.environ | {"PYTHONPATH": here}
    told: list[str] = []
    one = Slots("slow", 1, environment, limit_seconds=60.0, folder=tmp_path)

    one.open(lambda far: told.append(str(far)))
    one.close()

    assert told == [f"measuring the float network, once ({n} of 2 passes)" for n in (1, 2)]
