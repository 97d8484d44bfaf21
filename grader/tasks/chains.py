"""
The chain of a network: the student's values where they can be used, else the reference's.

One mistake costs once: what rests on a task that failed is judged with the reference's result in
its place.
"""

from __future__ import annotations

from grader.baseline.chain import Chain
from grader.baseline.networks import NetworkBaseline
from grader.editions.schema import Role
from grader.tasks.run import Run

CHAINED = (Role.QUANTIZED_WEIGHTS, Role.INPUT_SCALE, Role.REQUANTIZE_SCALE)


def chain_of(run: Run, network: NetworkBaseline) -> Chain:
    """Return the network's chain; it is put together once, when all that gives to it is judged."""
    name = network.spec.name
    if name not in run.chains:
        run.chains[name] = _put_together(run, network)
    return run.chains[name]


def _put_together(run: Run, network: NetworkBaseline) -> Chain:
    givers = {role: run.giver(role) for role in CHAINED}
    own = {role: run.own_value(role, network) for role in CHAINED}
    values = {
        role: run.reference_value(role, network) if value is None else value
        for role, value in own.items()
    }
    return Chain(
        network=network,
        weights=values[Role.QUANTIZED_WEIGHTS],
        input_step=values[Role.INPUT_SCALE],
        steps=values[Role.REQUANTIZE_SCALE],
        substituted=frozenset(givers[role].id for role, value in own.items() if value is None),
        played_back={
            role: task.spec for role, task in givers.items() if not run.harmless(task.id)
        },
    )
