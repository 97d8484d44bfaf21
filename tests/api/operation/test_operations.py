"""docs/operations.md says what is so: settings, metrics, alarms and commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from api import migrations
from api.kit.services import open_services
from api.kit.settings import Settings
from api.operation.metrics import ServiceMetrics
from grader.cli.app import app
from tools.settings_table import table

ROOT = Path(__file__).parents[3]
MANUAL = (ROOT / "docs" / "operations.md").read_text()
ALARMS = ROOT / "deploy" / "prometheus-alerts.yml"


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> str:
    services = open_services(Settings(store=tmp_path_factory.mktemp("store")))
    migrations.upgrade(services.engine)
    return ServiceMetrics(services).render().decode()


def rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(ALARMS.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def declared(metrics: str) -> set[str]:
    """Return the names of all metrics, as Prometheus declares them."""
    return set(re.findall(r"^# TYPE (grader_\w+)", metrics, re.MULTILINE))


def of_family(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)


def test_the_settings_are_those_of_the_program() -> None:
    """The table is the one that tools/settings_table.py prints, and every row has a meaning."""
    assert table() in MANUAL
    assert "| None |" not in table()


def test_every_alarm_asks_for_metrics_that_exist(metrics: str) -> None:
    """An alarm on a metric that nobody writes would never ring."""
    for rule in rules():
        asked = {of_family(name) for name in re.findall(r"grader_\w+", rule["expr"])}
        assert asked <= declared(metrics), rule["alert"]


def test_every_metric_of_the_manual_exists_and_the_other_way_round(metrics: str) -> None:
    """What the manual names is there, and what is there is named."""
    named = set(re.findall(r"`(grader_\w+)`", MANUAL))
    ours = {name for name in declared(metrics) if not name.startswith("grader_http_")}

    assert ours <= named
    assert named - {"grader_secret_key"} <= declared(metrics)


def test_every_alarm_has_an_answer_in_the_manual() -> None:
    """Alarm by alarm, in the alarms' order."""
    answers = MANUAL.partition("## What to do when something is red")[2]

    assert re.findall(r"^### (\w+)$", answers, re.MULTILINE) == [rule["alert"] for rule in rules()]


def test_every_command_of_the_manual_exists() -> None:
    """No reader types a command that is not there."""
    known = {command.name for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    typed = set(re.findall(r"(?:^    |`|api )grader ([a-z]+)\b", MANUAL, re.MULTILINE))

    assert typed
    assert typed <= known


def test_every_file_of_the_manual_exists() -> None:
    """Nor looks for a file that is not there."""
    named = set(re.findall(r"\bdeploy/[\w.-]*\w", MANUAL)) - {"deploy/secrets"}

    assert all((ROOT / name).exists() for name in named), named
