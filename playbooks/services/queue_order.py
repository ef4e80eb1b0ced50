"""The order of the queue, kept: each live call to action has the rank that its score gives it.

A score rests on the call to action itself, on its account and on the day. What a transition changes is
ranked in its transaction; what scoring changes, when scoring is done; the rest (the day, contracts,
other weights) every night and by `enqueue`. Which is the formula's: `playbooks.queue` alone knows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from accounts.models import Job
from accounts.services import jobs
from playbooks.models import CallToAction, CTAEvent
from playbooks.queries import queue_order
from playbooks.querysets import CallToActionQuerySet
from playbooks.queue import rank_of

KIND = "order_queue"
ROWS_AT_ONCE = 5_000

Kind = CTAEvent.Kind
LEAVES_PLACE = frozenset(
    {
        Kind.STARTED, Kind.TASK_DONE, Kind.TASK_REOPENED, Kind.SNOOZED, Kind.COMMENTED, Kind.CLOSED,
        Kind.REASSIGNED,
    }
)  # fmt: skip
"""What does not change how much a call to action presses; all other events rank it anew."""

Progress = Callable[[int, int], None]


def follow(cta: CallToAction, kind: str, *, now: datetime) -> None:
    """Rank a call to action anew after an event that may have moved it; call it in its transaction."""
    if kind not in LEAVES_PLACE:
        rank(CallToAction.objects.filter(pk=cta.pk), now=now)


def rank(ctas: CallToActionQuerySet, *, now: datetime) -> int:
    """Rank the live ones among these as of now; return how many stand elsewhere since."""
    weights, day = queue_order.weights(), now.astimezone(UTC).date()
    moved: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in queue_order.facts(ctas.live(), day=day, now=now):
        new = rank_of(queue_order.standing_of(row), weights, day=day)
        if new != row.queue_rank:
            moved[row.queue_rank, new].append(row.pk)
    return sum(
        # one whose rank is another by now was changed meanwhile, and ranked by who did
        CallToAction.objects.filter(pk__in=ids, queue_rank=old).update(queue_rank=new)
        for (old, new), ids in moved.items()
    )


def rank_all(
    *,
    now: datetime,
    account_ids: Collection[int] | None = None,
    progress: Progress | None = None,
) -> int:
    """Rank all live ones, or those of some accounts, a few thousand at a time; run twice it moves none."""
    if account_ids is not None:
        return rank(CallToAction.objects.filter(account__in=account_ids), now=now)
    count = 0
    for done, total, ctas in _stretches():
        count += rank(ctas, now=now)
        if progress is not None:
            progress(done, total)
    return count


def _stretches() -> Iterator[tuple[int, int, CallToActionQuerySet]]:
    """Live ones by key: how many are done with each stretch, how many there are, the stretch."""
    live = CallToAction.objects.live().order_by("pk")
    total, done, last = live.count(), 0, 0
    while True:
        behind = live.filter(pk__gt=last)
        ids = behind.values_list("pk", flat=True)[:ROWS_AT_ONCE]
        found = list(ids)
        if not found:
            return
        first, last = found[0], found[-1]
        done += len(found)
        yield done, max(total, done), CallToAction.objects.filter(pk__range=(first, last))


def enqueue(*, now: datetime) -> Job:
    """Queue the ranking of all; a second request joins the first."""
    return jobs.enqueue(kind=KIND, params={}, now=now, dedupe_key=KIND, is_bulk=True)


def run_order_job(job: Job, *, clock: Callable[[], datetime] = timezone.now) -> dict[str, Any]:
    """Handler of the jobs of kind `order_queue`; killed in between, it begins again and moves the rest."""

    def progress(done: int, total: int) -> None:
        jobs.beat(job, done=done, total=total, now=clock())

    return {"moved": rank_all(now=clock(), progress=progress)}
