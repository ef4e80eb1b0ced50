"""What `deploy/` offers is true: its commands, variables and paths are there, its units are sound."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery
from django.conf import settings
from django.core.management import get_commands

from accounts import web_server
from tests.architecture.repository import APPS, ROOT, lines_with, variables_read

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {name: each for name, each in COMPOSE["services"].items() if each["image"] == "foothold"}
BIN = "/opt/foothold/.venv/bin/"
SECONDS = {"s": 1, "m": 60}


def value(unit: Path, name: str) -> str:
    found = re.findall(rf"^{name}=(.*)$", unit.read_text(), flags=re.MULTILINE)
    assert len(found) == 1, (unit.name, name, found)
    return str(found[0])


def commands() -> Iterator[Any]:
    """Each command line of ours, as words, by where it stands."""
    for unit in UNITS:
        words = shlex.split(value(unit, "ExecStart"))
        yield pytest.param([words[0].removeprefix(BIN), *words[1:]], id=unit.name)
    for name, service in OURS.items():
        yield pytest.param(service["command"], id=name)


@pytest.mark.parametrize("words", list(commands()))
def test_every_command_is_one_that_we_have(words: list[str]) -> None:
    program, *rest = words
    if program == "python":
        assert rest[:1] == ["manage.py"]
        assert rest[1] in get_commands()
    elif program == "celery":
        assert rest[:2] == ["-A", "config"]
        chosen = celery.commands[rest[2]]
        known = {option for parameter in chosen.params for option in parameter.opts}
        assert {word for word in rest[3:] if word.startswith("--")} <= known
    else:
        assert program == "gunicorn"
        assert rest[-1] == "config.wsgi"
        named = rest[rest.index("--config") + 1].removeprefix("python:")
        assert importlib.import_module(named).__dict__["worker_class"] == "gthread"


def test_gunicorn_takes_its_configuration_and_options() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "--config", "python:config.gunicorn",
         "--workers", "3", "--worker-tmp-dir", "/tmp", "config.wsgi"],  # noqa: S108 - as in the container
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr


def test_every_variable_is_one_that_is_read() -> None:
    example = (DEPLOY / "systemd/foothold.env.example").read_text()
    offered = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, flags=re.MULTILINE))
    for service in OURS.values():
        offered |= set(service["environment"])
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} <= offered
    assert offered <= variables_read()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_as_nobody_special_and_sees_little(unit: Path) -> None:
    expected = {
        "User": "foothold",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "EnvironmentFile": "/etc/foothold/foothold.env",
        "Restart": "on-failure",
    }
    assert {name: value(unit, name) for name in expected} == expected


def seconds(text: str) -> int:
    """`40s`, `1m`, and systemd's plain seconds."""
    return int(text.rstrip("sm")) * SECONDS.get(text[-1], 1)


def test_a_stop_waits_for_what_is_under_way() -> None:
    stops = {unit.name: seconds(value(unit, "TimeoutStopSec")) for unit in UNITS}
    assert stops["foothold-web.service"] > web_server.STOP_WITHIN
    assert stops["foothold-worker@.service"] > settings.JOB_STALLED_AFTER.total_seconds()
    for name, unit in (("web", "web"), ("worker", "worker@"), ("beat", "beat")):
        assert seconds(OURS[name]["stop_grace_period"]) == stops[f"foothold-{unit}.service"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").glob("foothold-*"):
        text = path.read_text().replace(BIN, "/usr/bin/env ").replace("/opt/foothold", "/")
        name = path.name.replace("@.", "@1.")
        (tmp_path / name).write_text(text)
    units = sorted(map(str, tmp_path.iterdir()))
    checked = subprocess.run(
        [str(shutil.which("systemd-analyze")), "verify", *units],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    complaints = [line for line in checked.stderr.splitlines() if "foothold" in line]
    assert (checked.returncode, complaints) == (0, [])


def test_containers_are_pinned_by_tag_and_named_without_a_host() -> None:
    images = {each["image"] for each in COMPOSE["services"].values()}
    images |= set(re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))
    assert images == {"foothold", "postgres:15", "redis:7", "python:3.11-slim"}


def test_our_containers_write_nowhere_but_where_they_must() -> None:
    for name, service in OURS.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    assert "\nUSER foothold\n" in (DEPLOY / "Dockerfile").read_text()


def test_the_web_is_probed_and_waits_for_the_migrations() -> None:
    web = OURS["web"]
    assert "/readyz" in " ".join(web["healthcheck"]["test"])
    assert web["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert web["ports"] == ["127.0.0.1:8000:8000"]
    waited_for = OURS["migrate"]["depends_on"]
    assert set(waited_for) == {"postgres", "redis"}
    assert all("healthcheck" in COMPOSE["services"][name] for name in waited_for)


def test_all_that_runs_is_in_the_image_and_nothing_else_is_sent() -> None:
    copied = set(re.findall(r"^COPY (\S+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))
    assert {*APPS, "config", "templates", "manage.py"} <= copied
    let_in = set((ROOT / ".dockerignore").read_text().split())
    assert {f"!{name}" for name in copied} <= let_in
    assert "*" in let_in


def test_no_path_of_somebodys_machine_is_named() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert lines_with(r"/(root|home|work)\b", [*files, *(ROOT / "docs").glob("*.md")]) == []
