"""A clock, and a customer whose cards can be proved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import time_machine

from accounts.models import Job
from tests.book import load_edition
from tests.factories import make_account, make_instance, make_plan, make_subscription
from tests.scoring import BILLABLE, BUILDS
from tests.usage.payloads import ingest
from usage.models import Publication
from usage.services import scoring
from usage.services.rebuilding import Proof, prove
from usage.services.scoring import ScoreRequest

OCTOBER = date(2026, 10, 1)
MADE = datetime(2026, 11, 2, 3, tzinfo=UTC)
UUID, HOSTNAME = "00000000-0000-4000-8000-00000000a001", "git.customer.example"
ACCOUNT = "A-1"


def ping(builds: int, *, day: int = 28, month: int = 10, **top: object) -> bytes:
    body: dict[str, object] = {
        "uuid": UUID,
        "hostname": HOSTNAME,
        "recorded_at": f"2026-{month:02}-{day:02}T03:00:00Z",
        "counts": {BUILDS.split(".")[1]: builds},
        BILLABLE: 100,
        **top,
    }
    return json.dumps(body).encode()


def former(model: Any) -> Any:
    """The rows of a model's history."""
    return model.history.model.objects


def receive(clock: time_machine.Traveller, at: datetime, *payloads: bytes) -> None:
    clock.move_to(at)
    ingest(*payloads, now=at)


def score(clock: time_machine.Traveller, at: datetime) -> None:
    clock.move_to(at)
    scoring.score(ScoreRequest(OCTOBER, OCTOBER), now=at)
    Job.objects.all().delete()  # what ingest asked for is done


def proof(as_of: datetime | None = None) -> Proof:
    (found,) = prove(period=OCTOBER, as_of=as_of)
    return found


@contextmanager
def beginning() -> Iterator[time_machine.Traveller]:
    """A clock that stands still, on the first of September until it is moved."""
    with time_machine.travel(datetime(2026, 9, 1, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def score_a_customer(clock: time_machine.Traveller) -> None:
    """Make one customer, whose payloads of September and October came in time and were scored in November."""
    load_edition()
    Publication.objects.update(published_at=datetime(2026, 9, 1, tzinfo=UTC))
    account = make_account(external_id=ACCOUNT, customer_since=date(2025, 1, 1))
    subscription = make_subscription(
        account=account,
        external_id="S-1",
        plan=make_plan("Ultimate"),
        seats=100,
        arr=5_000,
        start_date=date(2025, 1, 1),
    )
    make_instance(external_id=UUID, hostname=HOSTNAME, subscription=subscription)
    receive(clock, datetime(2026, 10, 1, tzinfo=UTC), ping(4_100, month=9))
    receive(clock, datetime(2026, 10, 29, tzinfo=UTC), ping(3_800))
    score(clock, MADE)
