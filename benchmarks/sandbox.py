"""
Measure the sandbox: cold and warm start, one call, forward passes, memory.

Run: python benchmarks/sandbox.py [--container] [--rounds N].  The figures and the machine that
they come from are kept in benchmarks/sandbox.md.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from grader.sandbox import policy, proof
from grader.sandbox.policy import Policy
from grader.sandbox.processes import pool
from grader.sandbox.protocol import LayerState, SharedImages, Value
from grader.sandbox.runner import Sandbox

SOURCE = "def quantized_weights(weights):\n    return weights.round(), 127.0\n"
NETWORK = (
    "class Keep(nn.Module):\n"
    "    def __init__(self, net):\n"
    "        super().__init__()\n"
    "        self.conv1, self.fc1, self.net = net.conv1, net.fc1, net\n"
    "    def forward(self, x):\n"
    "        return self.net(x)\n"
)
SPEC = {
    "name": "Net",
    "input_shape": [3, 32, 32],
    "layers": [
        {
            "name": "conv1",
            "kind": "conv2d",
            "module": "conv1",
            "in_features": 3,
            "out_features": 6,
            "kernel": 5,
            "stride": 1,
            "relu": True,
            "bias": False,
        },
        {
            "name": "pool",
            "kind": "max_pool2d",
            "module": "pool",
            "kernel": 2,
            "stride": 2,
            "relu": False,
            "bias": False,
        },
        {
            "name": "fc1",
            "kind": "linear",
            "module": "fc1",
            "in_features": 1176,
            "out_features": 10,
            "kernel": 1,
            "stride": 1,
            "relu": False,
            "bias": False,
        },
    ],
}
SCAFFOLD = {
    "weight_scale": "{module}.weight.scale",
    "output_scale": "{module}.output_scale",
    "activations": "{module}.activations",
    "input_activations": "input_activations",
    "input_scale": "input_scale",
}


def fragment(source: str, name: str) -> dict[str, object]:
    """Return one fragment as intake hands it over."""
    return {"source": source, "file": "hw1.py", "cell": None, "line": 1, "defines": (name,)}


def first_call(used: Policy) -> float:
    """Return the seconds from asking for a sandbox to the first answer of a student's function."""
    begun = time.perf_counter()
    program = [fragment(SOURCE, "quantized_weights")]
    with Sandbox(program, networks={}, scaffold={}, policy=used) as sandbox:
        seen = sandbox.call(["quantized_weights"], [Value.float(1.0)], limit_seconds=60)
        taken = time.perf_counter() - begun
    assert seen.error is not None  # a float cannot be rounded: the function ran
    return taken


def one_call(used: Policy, rounds: int) -> list[float]:
    """Return the seconds of each call with the largest weights of the lab (192 kB)."""
    weights = Value.tensor(np.zeros((120, 400), np.float32))
    program = [fragment(SOURCE, "quantized_weights")]
    with Sandbox(program, networks={}, scaffold={}, policy=used) as sandbox:
        return [
            sandbox.call(["quantized_weights"], [weights], limit_seconds=60).seconds
            for _ in range(rounds)
        ]


def forward_pass(used: Policy, rounds: int) -> list[float]:
    """Return the seconds of each pass of a small network over 1,000 watched images."""
    layers = [
        LayerState(name="conv1", module="conv1", weight=_zeros(6, 3, 5, 5)),
        LayerState(name="fc1", module="fc1", weight=_zeros(10, 1176)),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npy"
        np.save(path, np.zeros((10_000, 3, 32, 32), np.uint8))
        images = SharedImages(path=str(path), mean=(0.5,) * 3, std=(0.5,) * 3)
        with Sandbox(
            [fragment(NETWORK, "Keep")], networks={"Net": SPEC}, scaffold=SCAFFOLD, policy=used
        ) as sandbox:
            built = sandbox.build(
                "q", network="Net", class_name="Keep", layers=layers, limit_seconds=60
            )
            assert built.error is None, built.error
            return [
                sandbox.forward(
                    "q", images, indices=range(1000), batch_size=250, limit_seconds=60
                ).seconds
                for _ in range(rounds)
            ]


def worker_memory(used: Policy) -> int:
    """Return the bytes that one waiting worker has for itself alone (its private pages)."""
    program = [fragment(SOURCE, "quantized_weights")]
    with Sandbox(program, networks={}, scaffold={}, policy=used) as sandbox:
        sandbox.loaded()
        return max((_private(number) for number in _workers()), default=0)


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--container", action="store_true", help="without namespaces")
    parser.add_argument("--rounds", type=int, default=20)
    chosen = parser.parse_args()
    used = policy.container() if chosen.container else policy.full()
    print(f"cold start, request to first call    {first_call(used):8.3f} s")
    show("warm start, request to first call", lambda: first_call(used), chosen.rounds)
    figures("one call, 192 kB in and out", one_call(used, chosen.rounds)[1:])
    figures("watched pass, 1,000 images", forward_pass(used, 4)[1:])
    held = proof.memory(used)
    print(f"process that forks, resident         {held['resident_bytes'] / 1e6:8.0f} MB")
    print(f"one worker, private                  {worker_memory(used) / 1e6:8.0f} MB")
    pool.close_all()


def show(title: str, work: Callable[[], float], rounds: int) -> None:
    """Print the figures of some rounds of *work*."""
    figures(title, [work() for _ in range(rounds)])


def figures(title: str, seconds: list[float]) -> None:
    """Print the median and the worst of some times."""
    median, worst = 1000 * statistics.median(seconds), 1000 * max(seconds)
    print(f"{title:36} {median:8.1f} ms  (worst {worst:.1f})")


def _zeros(*shape: int) -> Value:
    return Value.tensor(np.zeros(shape, np.float32))


def _workers() -> list[int]:
    """Return the processes of the sandbox's own users."""
    folders = [path for path in Path("/proc").glob("[0-9]*") if path.is_dir()]
    return [int(path.name) for path in folders if path.stat().st_uid >= 1 << 30]


def _private(number: int) -> int:
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Private_"))


if __name__ == "__main__":
    main()
