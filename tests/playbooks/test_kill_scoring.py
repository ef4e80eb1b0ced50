"""Several scorers at once, one killed in the middle, run again: the same as one undisturbed run, none twice."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from accounts.models import Account, Subscription
from playbooks.models import CallToAction, CTAEvent, Task
from tests import book
from tests.book import OCTOBER, SEPTEMBER
from tests.factories import make_plan, make_user
from tests.scoring import BILLABLE, BUILDS, DEPLOYING, GIT
from usage.models import Instance, ScoreCard, Snapshot, Transition
from usage.periods import span

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ACCOUNTS = 160
ID_STEP = 250  # ids lie apart, so that the accounts fill many shards
JULY = datetime(2026, 7, 1, tzinfo=UTC).date()
LIMIT_SECONDS = 60
ROUNDS = (
    (3, 1),
    (1, ACCOUNTS // 3),
    (3, ACCOUNTS // 2),
    (1, ACCOUNTS),
)  # scorers; cards at the kill
SEED = int(os.environ.get("KILL_SEED", "20261116"))

State = dict[str, list[tuple[object, ...]]]
Process = subprocess.Popen[bytes]


# --- A book with drops -----------------------------------------------------------------------------


def make_book(chance: random.Random) -> None:
    csms = [make_user(email=f"csm{number}@foothold.example") for number in range(3)]
    plan = make_plan("Ultimate")
    ids = [1 + number * ID_STEP for number in range(ACCOUNTS)]
    Account.objects.bulk_create(
        Account(
            pk=pk,
            external_id=f"A{pk:06}",
            name=f"Account {pk}",
            customer_since=JULY.replace(year=2024),
            csm=chance.choice([*csms, None]),
        )
        for pk in ids
    )
    Subscription.objects.bulk_create(
        Subscription(
            pk=pk,
            external_id=f"S{pk:06}",
            account_id=pk,
            plan=plan,
            delivery="Self-Managed",
            start_date=JULY.replace(year=2024),
            seats=100,
            arr=pk,
        )
        for pk in ids
    )
    Instance.objects.bulk_create(
        Instance(pk=pk, external_id=f"I{pk:06}", subscription_id=pk, kind="Production")
        for pk in ids
    )
    Snapshot.objects.bulk_create(
        Snapshot(
            instance_id=pk,
            period=month,
            recorded_at=datetime(month.year, month.month, 28, tzinfo=UTC),
            metrics={
                BILLABLE: 100,
                BUILDS: chance.choice([0, 3_000, 9_000]),
                GIT: chance.choice([0, 20, 90]),
                DEPLOYING: chance.choice([0, 9, 50]),
            },
        )
        for pk in ids
        for month in span(JULY, OCTOBER)
    )


def start_over() -> None:
    """Bring back what was there before October: live calls to action of September."""
    for model in (CallToAction, Transition, ScoreCard):
        model.objects.all().delete()
    book.score(SEPTEMBER, first=SEPTEMBER)


def state() -> State:
    """All that a run leaves behind, without ids and times."""
    key = "cta__dedupe_key"
    rows = {
        "cards": ScoreCard.objects.values_list("account_id", "period", "edition_id", "input_hash"),
        "transitions": Transition.objects.values_list(
            "account_id", "period", "component", "from_color", "to_color", "from_period"
        ),
        "ctas": CallToAction.objects.values_list(
            "dedupe_key", "status", "priority", "title", "summary", "period", "due_on", "owner_id"
        ),
        "tasks": Task.objects.values_list(key, "position", "title", "due_on", "owner_id"),
        "events": CTAEvent.objects.values_list(key, "kind", "text", "signal_key"),
    }
    return {name: sorted(queryset, key=str) for name, queryset in rows.items()}


# --- Scorers as processes ---------------------------------------------------------------------------


def start() -> Process:
    url = urlsplit(os.environ["DATABASE_URL"])
    name = str(connection.settings_dict["NAME"])  # the test's own database
    environment = os.environ | {"DATABASE_URL": urlunsplit(url._replace(path=f"/{name}"))}
    return subprocess.Popen(
        [sys.executable, "manage.py", "score", "--from", "2026-10", "--to", "2026-10"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


@contextmanager
def scorers(count: int) -> Iterator[list[Process]]:
    """Processes that are certainly gone afterwards."""
    running = [start() for _ in range(count)]
    try:
        yield running
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
            process.communicate()


def wait_until_written(cards: int, process: Process) -> None:
    """Until so many cards of October are there, or the process has ended."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if ScoreCard.objects.filter(period=OCTOBER).count() >= cards:
            return
        time.sleep(0.003)


def finish(processes: list[Process]) -> None:
    for process in processes:
        _, faults = process.communicate(timeout=LIMIT_SECONDS)
        assert process.returncode == 0, faults.decode()


def disturbed_run(chance: random.Random, *, count: int, cards: int) -> bool:
    """Start scorers, kill one when so many cards are written; return whether it died by that."""
    with scorers(count) as running:
        victim, *others = running
        wait_until_written(cards, victim)
        time.sleep(chance.uniform(0, 0.05))
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=LIMIT_SECONDS)
        finish(others)
    with scorers(1) as again:
        finish(again)
    return victim.returncode == -signal.SIGKILL


def test_a_killed_scorer_leaves_nothing_twice_and_nothing_out() -> None:
    chance = random.Random(SEED)  # noqa: S311 - delays, no secrets
    print(f"KILL_SEED={SEED}")  # noqa: T201 - shown where the test fails
    call_command("load_defaults", stdout=io.StringIO())
    make_book(chance)
    start_over()
    before = state()
    with scorers(1) as alone:
        finish(alone)
    undisturbed = state()
    assert len(undisturbed["ctas"]) > len(before["ctas"]) > 20
    assert any(event[1] == CTAEvent.Kind.SIGNAL_ADDED for event in undisturbed["events"])
    killed = 0
    for count, written in ROUNDS:
        start_over()
        assert state() == before
        killed += disturbed_run(chance, count=count, cards=written)
        left = state()
        for part, rows in undisturbed.items():
            assert left[part] == rows, f"{part} after {count} scorers, killed at {written} cards"
        assert max(Counter(row[0] for row in left["ctas"]).values()) == 1
    assert killed >= 2  # a machine may be fast, but not that fast
