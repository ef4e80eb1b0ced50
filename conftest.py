"""Which tests this machine can run: the others are left out, counted and named at the end."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# A test says what holds, not how fast this machine is, nor what else it does meanwhile; and it says the
# same in every run of the same code. What is new is looked for by `make explore`.
settings.register_profile(
    "any machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "explore", settings.get_profile("any machine"), derandomize=False, max_examples=1_000
)
settings.load_profile("any machine")

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


# What the tortures start: PostgreSQL's programs need not be on the path.
MISSING_PROGRAMS = [
    *(() if shutil.which("redis-server") else ("redis-server",)),
    *(() if shutil.which("setpriv") else ("setpriv",)),
    *(
        ()
        if shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        else ("postgresql",)
    ),
]


@dataclass(frozen=True)
class Need:
    """What the tests with a marker cannot do without."""

    marker: str
    is_met: bool
    remedy: str


NEEDS = (
    Need(
        marker="services",
        is_met=os.environ.get("DATABASE_URL", "").startswith("postgres")
        and bool(os.environ.get("REDIS_URL")),
        remedy="set DATABASE_URL to a PostgreSQL and REDIS_URL to a Redis",
    ),
    Need(
        marker="torture",
        is_met=os.environ.get("TORTURE") == "1" and not MISSING_PROGRAMS,
        remedy=f"install {', '.join(MISSING_PROGRAMS)}" if MISSING_PROGRAMS else "make torture",
    ),
    Need(marker="browser", is_met=CHROMIUM is not None, remedy="install chromium"),
)
LEFT_OUT: Counter[str] = Counter()


@pytest.hookimpl(trylast=True)  # what -m and -k did not ask for is not left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for need in NEEDS:
        if need.is_met:
            continue
        unmet = [item for item in items if item.get_closest_marker(need.marker)]
        LEFT_OUT[need.marker] += len(unmet)
        config.hook.pytest_deselected(items=unmet)
        items[:] = [item for item in items if not item.get_closest_marker(need.marker)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # a process of pytest-xdist: it has no terminal
        session.config.workeroutput["left_out"] = dict(LEFT_OUT)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for marker, count in getattr(node, "workeroutput", {}).get("left_out", {}).items():
        LEFT_OUT[marker] = max(LEFT_OUT[marker], count)  # every process collects every test


@pytest.hookimpl(trylast=True)  # where it is read: just above the last line
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for need in NEEDS:
        if LEFT_OUT[need.marker]:
            terminalreporter.write_line(
                f"Left out: {LEFT_OUT[need.marker]} {need.marker} tests; to run them, {need.remedy}.",
                yellow=True,
            )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the distribution's Chromium; it must not look anything up on its own."""
    # Playwright leaves its event loop running in this thread, where Django then refuses to query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    quiet = ("background-networking", "component-update", "sync", "quic", "gpu", "dev-shm-usage")
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
    }
