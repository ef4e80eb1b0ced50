"""One action on many calls to action: each by its own service in its own transaction, with its result.

What is asked for is stored first, a row for each. Taking a row and acting on it are one transaction: a
run that is killed, doubled or done by two workers does each once, and the counts add up.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Count
from django.utils import timezone, translation

from accounts.errors import DomainError
from accounts.models import Job, User
from accounts.services import jobs
from playbooks.errors import TooManyAtOnce
from playbooks.models import BulkRow, BulkRun, CallToAction
from playbooks.services import ctas
from playbooks.services.ctas.changes import refuse_unless_worker

KIND = "bulk_ctas"
MOST = 5_000  # for one run
MOST_AT_ONCE = 200  # beyond that a worker does it
ROWS_A_BEAT = 20

Action = BulkRun.Action
Outcome = BulkRow.Outcome
Act = Callable[..., object]


@dataclass(frozen=True)
class Asked:
    """What a person wants done with all of them; `values` are plain, as JSON keeps them."""

    action: str
    values: dict[str, Any]
    words: str
    key: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class BulkCounts:
    """total = waiting + done + refused."""

    waiting: int = 0
    done: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.done + self.refused


def ask(*, asked: Asked, cta_ids: Sequence[int], by: User, now: datetime) -> BulkRun:
    """Store what is to be done with those that the person sees; a known key returns what it asked for.

    Many become a job, which the calling interface wakes; few are for `work` at once. Raises
    TooManyAtOnce, RoleForbids.
    """
    refuse_unless_worker(by)
    if len(cta_ids) > MOST:
        raise TooManyAtOnce(MOST)
    with transaction.atomic():
        run, is_new = BulkRun.objects.get_or_create(
            key=asked.key,
            asked_by=by,
            defaults={
                "action": asked.action,
                "values": asked.values,
                "words": asked.words,
                "asked_at": now,
            },
        )
        if is_new:
            _store_rows(run, cta_ids, now=now)
    return run


def _store_rows(run: BulkRun, cta_ids: Sequence[int], *, now: datetime) -> None:
    seen = CallToAction.objects.visible_to(run.asked_by).filter(pk__in=cta_ids)
    accounts = dict(seen.values_list("pk", "account_id"))
    BulkRow.objects.bulk_create(
        BulkRow(run=run, account_id=accounts[pk], cta_id=pk)
        for pk in dict.fromkeys(cta_ids)
        if pk in accounts
    )
    if len(accounts) > MOST_AT_ONCE:
        params = {"run": run.pk}
        run.job = jobs.enqueue(
            kind=KIND, params=params, now=now, dedupe_key=f"bulk:{run.pk}", by=run.asked_by
        )
        run.save(update_fields=["job"])


def work(
    run: BulkRun,
    *,
    clock: Callable[[], datetime] = timezone.now,
    progress: Callable[[int, int], None] | None = None,
) -> BulkCounts:
    """Do what still waits; texts that were filled in are forgotten when all is done."""
    total = run.rows.count()
    for number, row in enumerate(_waiting(run)):
        if progress is not None and number % ROWS_A_BEAT == 0:
            progress(total - run.rows.filter(outcome=Outcome.WAITING).count(), total)
        _do(row, run, now=clock())
    ended = BulkRun.objects.filter(pk=run.pk, finished_at=None)
    ended.update(finished_at=clock(), values={})
    return counts_of(run)


def counts_of(run: BulkRun) -> BulkCounts:
    found = run.rows.order_by().values_list("outcome").annotate(n=Count("pk"))
    return BulkCounts(**dict(found))


def run_bulk_job(job: Job, *, clock: Callable[[], datetime] = timezone.now) -> dict[str, Any]:
    """Handler of the jobs of kind `bulk_ctas`; params: the run."""
    run = BulkRun.objects.select_related("asked_by").get(pk=job.params["run"])
    counts = work(
        run,
        clock=clock,
        progress=lambda done, total: jobs.beat(job, done=done, total=total, now=clock()),
    )
    return {"done": counts.done, "refused": counts.refused}


def _waiting(run: BulkRun) -> Iterator[BulkRow]:
    yield from list(run.rows.filter(outcome=Outcome.WAITING).order_by("pk"))


@transaction.atomic
def _do(row: BulkRow, run: BulkRun, *, now: datetime) -> None:
    rows = BulkRow.objects.filter(pk=row.pk)
    if not rows.filter(outcome=Outcome.WAITING).update(outcome=Outcome.DONE):
        return  # another worker was faster
    try:
        with transaction.atomic(), translation.override(None):  # what is stored is English
            ACTS[Action(run.action)](row.cta_id, run.values, by=run.asked_by, now=now)
    except ObjectDoesNotExist:
        rows.update(outcome=Outcome.REFUSED, reason="It is no longer there.")
    except DomainError as refused:
        rows.update(outcome=Outcome.REFUSED, reason=str(refused)[:300])


# --- What each action does with one -----------------------------------------------------------------


def _start(cta_id: int, values: dict[str, Any], **cause: Any) -> None:
    ctas.start_work(cta_id=cta_id, **cause)


def _snooze(cta_id: int, values: dict[str, Any], **cause: Any) -> None:
    until = date.fromisoformat(values["until"])
    ctas.snooze(cta_id=cta_id, until=until, reason=values["reason"], **cause)


def _close(cta_id: int, values: dict[str, Any], **cause: Any) -> None:
    comment = values.get("comment", "")
    ctas.close_cta(cta_id=cta_id, status=values["status"], comment=comment, **cause)


def _reassign(cta_id: int, values: dict[str, Any], **cause: Any) -> None:
    owner = User.objects.get(pk=values["owner"])
    tasks = values.get("tasks") or ctas.TasksToo.OWNERS.value
    ctas.reassign(cta_id=cta_id, owner=owner, tasks=tasks, **cause)


def _move(cta_id: int, values: dict[str, Any], **cause: Any) -> None:
    cta = CallToAction.objects.visible_to(cause["by"]).get(pk=cta_id)
    due_on = cta.due_on + timedelta(days=values["days"])
    move_tasks = values.get("move_tasks", True)
    ctas.reschedule(cta_id=cta_id, due_on=due_on, move_tasks=move_tasks, **cause)


def _mark(cta_id: int, values: dict[str, Any], **cause: Any) -> None:
    ctas.mark_important(cta_id=cta_id, is_important=values["is_important"], **cause)


ACTS: dict[Action, Act] = {
    Action.START: _start,
    Action.SNOOZE: _snooze,
    Action.CLOSE: _close,
    Action.REASSIGN: _reassign,
    Action.MOVE: _move,
    Action.MARK: _mark,
}
