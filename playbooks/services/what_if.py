"""What an edition would change against what is in force: colours, adoption, calls to action. Writes none of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from django.utils import timezone

from accounts.models import Account, Job, Subscription, User
from accounts.services import jobs
from playbooks import rules
from playbooks.models import Priority, Trigger
from playbooks.services import beginnings, trigger_cases
from playbooks.services.batches import BATCH_SIZE
from playbooks.services.beginnings import Begun
from playbooks.services.trigger_cases import Case, Scope
from playbooks.what_if import Opened, WhatIf
from usage.errors import NoEditionInForce
from usage.lab import reasons
from usage.lab import what_if as lab
from usage.lab.reasons import Side
from usage.models import Transition
from usage.periods import format_period, parse_period, period_of, shift, span
from usage.scoring import candidates, frames, judge
from usage.scoring import edition as scored
from usage.services import editions, metrics, readings, verdicts
from usage.services import scoring as usage_scoring
from usage.services.card_rows import months_read
from usage.services.frames import frame
from usage.services.verdicts import Progress, Task

KIND = "what_if"
MOST_AT_ONCE = 150_000  # account months that a page waits for; more is a job's

COLUMNS = (
    "account", "name", "segment", "arr", "csm", "part", "period", "before", "after", "months",
    "reason",
)  # fmt: skip
ACCOUNTS = pl.Schema(
    {
        "account_id": pl.Int64(),
        "external_id": pl.String(),
        "name": pl.String(),
        "segment": pl.String(),
        "csm": pl.String(),
    }
)
SEGMENTS = pl.Schema({"account_id": pl.Int64(), "segment": pl.String()})
SUMS = pl.Schema({"account_id": pl.Int64(), "arr": pl.Float64()})


@dataclass(frozen=True)
class Question:
    """`draft` against `base` (None: what is in force in each month) in these months, both ends included.

    `account_ids` None: all accounts. `decides_from`: before which month use cases are known by the cards in
    force; None: the draft judges all that it reads.
    """

    draft: scored.Edition
    first: date
    last: date
    base: scored.Edition | None = None
    account_ids: Collection[int] | None = None
    decides_from: date | None = None

    def bases(self) -> list[Task]:
        """What the draft is compared with. Raises NoEditionInForce."""
        if self.base is not None:
            return [Task(self.base, self.first, self.last, is_base=True)]
        return [
            Task(editions.frozen(part.edition), part.periods[0], part.periods[-1], is_base=True)
            for part in usage_scoring.stretches(self.first, self.last)
        ]

    @property
    def task(self) -> Task:
        return Task(self.draft, self.first, self.last)


def what_if(
    *,
    draft: scored.Edition,
    base: scored.Edition | None = None,
    first: date,
    last: date,
    now: datetime,
    account_ids: Collection[int] | None = None,
) -> WhatIf:
    """Compare a draft with a base, or with the edition in force in each month. Raises NoEditionInForce."""
    return answer(Question(draft, first, last, base, account_ids), now=now)


def answer(question: Question, *, now: datetime, progress: Progress | None = None) -> WhatIf:
    """Judge both sides, from kept frames where they are good, and compare them. Raises NoEditionInForce."""
    bases = question.bases()
    book = _book(question, bases, now=now)
    *based, drafted = book.judged([*bases, question.task], question.account_ids, progress)
    before = _before(based, bases)
    pairs = lab.paired(before, drafted.filter(pl.col("period") >= question.first))
    newest = _newest(pairs, now=now)
    of = lab.parts([task.edition for task in bases], question.draft)
    moved = lab.moves(pairs, of)
    lately = pairs.clear() if newest is None else pairs.filter(pl.col("period") == newest)
    opened = () if newest is None else _opened(question, drafted, newest, now=now)
    return WhatIf(
        draft=question.draft,
        bases=tuple(dict.fromkeys(task.edition.name for task in bases)),
        first=question.first,
        last=question.last,
        newest=newest,
        accounts=pairs["account_id"].n_unique(),
        account_months=len(pairs),
        matrices=lab.matrices(pairs, of),
        moved=moved.join(_accounts(moved, newest), on="account_id", how="inner"),
        adoption=lab.adoption(lately),
        health=lab.health(lately),
        segments=tuple(lab.by_segment(lately, _segments(question.account_ids), of)),
        ctas=tuple(opened),
        made_at=book.made_at or now,
        never_kept=tuple(sorted(set(question.draft.metric_keys) - metrics.tracked_key_paths())),
    )


def of_newest_month(
    draft: scored.Edition, *, decides_from: date | None = None, now: datetime
) -> list[str]:
    """What a draft would change in the newest reported month, in sentences.

    None where there is nothing to compare, or so much that a page cannot wait for it.
    """
    reported = usage_scoring.reported_periods()
    if reported is None:
        return []
    month = min(reported[1], period_of(now))
    question = Question(draft, month, month, decides_from=decides_from)
    try:
        return answer(question, now=now).summary_lines() if is_at_once(question, now=now) else []
    except NoEditionInForce:
        return []


def _book(question: Question, bases: Iterable[Task], *, now: datetime) -> verdicts.Book:
    return verdicts.book([question.draft, *(task.edition for task in bases)], now=now)


def _before(based: Sequence[pl.DataFrame], bases: Sequence[Task]) -> pl.DataFrame:
    """The verdicts in force, each month by its edition."""
    return pl.concat(
        [
            judged.filter(pl.col("period").is_between(task.first, task.last))
            for judged, task in zip(based, bases, strict=True)
        ],
        how="diagonal",
    ).sort(frames.KEY)


def _newest(pairs: pl.DataFrame, *, now: datetime) -> date | None:
    """The newest month in which the draft knows somebody's health; one to come does not count."""
    known = pairs.filter(
        pl.col(lab.color_column(lab.OVERALL)).is_not_null() & (pl.col("period") <= period_of(now))
    )
    newest: Any = known["period"].max()
    return newest if isinstance(newest, date) else None


def _accounts(moved: pl.DataFrame, newest: date | None) -> pl.DataFrame:
    """Who the accounts are that move, and their ARR in the newest month."""
    ids = moved["account_id"].unique().to_list()
    rows = Account.objects.filter(pk__among=ids).order_by()
    known = frame(rows.values_list("pk", "external_id", "name", "segment", "csm__email"), ACCOUNTS)
    month = newest or moved["period"].max()
    if not isinstance(month, date):
        return known.with_columns(arr=pl.lit(0.0))
    running = Subscription.objects.filter(account__pk__among=ids, start_date__lt=shift(month, 1))
    running = running.exclude(end_date__lt=month).order_by()
    sums = frame(running.values_list("account_id", "arr"), SUMS).group_by("account_id").sum()
    return known.join(sums, on="account_id", how="left").with_columns(pl.col("arr").fill_null(0.0))


def _segments(account_ids: Collection[int] | None) -> pl.DataFrame:
    rows = Account.objects.order_by()
    if account_ids is not None:
        rows = rows.filter(pk__among=account_ids)
    return frame(rows.values_list("pk", "segment"), SEGMENTS)


# --- Calls to action ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Supposed(Scope):
    """What the draft would find in the month, had it judged the two before it as well."""

    judged: pl.DataFrame
    since: date  # the first month by which it tells beginnings

    def drops(self, components: Collection[str]) -> Iterator[Transition]:
        found = lab.drops(self.judged, self.edition, self.period).filter(
            pl.col("component").is_in(list(components))
        )
        accounts = self.accounts().in_bulk(found["account_id"].unique().to_list())
        for row in found.iter_rows(named=True):
            if row["account_id"] in accounts:
                yield Transition(
                    account=accounts[row["account_id"]],
                    period=self.period,
                    component=row["component"],
                    from_color=row["from_color"],
                    to_color=row["to_color"],
                    from_period=row["from_period"],
                    repeats=row["repeats"],
                )

    def begun(self) -> Begun:
        own = self.judged.filter(pl.col("period") >= self.since)
        rising = lab.rising(own, self.edition, self.period)
        older = beginnings.earlier_reach(
            rising["account_id"].to_list(), self.edition, before=self.since
        )
        return {
            account_id: dict.fromkeys(positions, Transition.Cause.DATA)
            for account_id, reach, earlier in rising.iter_rows()
            if (positions := rules.begun(reach, [*earlier, *older.get(account_id, [])]))
        }


def _opened(
    question: Question, drafted: pl.DataFrame, newest: date, *, now: datetime
) -> Iterator[Opened]:
    """What the enabled triggers would open, by the code that opens."""
    since = max(question.task.periods[0], min(question.decides_from or date.min, newest))
    scope = Supposed(newest, question.draft, question.account_ids, drafted, since)
    for trigger in Trigger.objects.filter(enabled=True):
        cases, plan = trigger_cases.judged(trigger, scope)
        wanted = [cases[signal.key] for signal in plan.to_open]
        ids = {case.account_id for case in wanted}
        accounts = Account.objects.select_related("csm").in_bulk(list(ids))
        for case in wanted:
            yield _opened_cta(case, trigger, accounts[case.account_id], now=now)


def _opened_cta(case: Case, trigger: Trigger, account: Account, *, now: datetime) -> Opened:
    priority = trigger_cases.priority_of(case, trigger)
    return Opened(
        account_id=account.pk,
        external_id=account.external_id,
        account=account.name,
        component=case.signal.component,
        title=case.title,
        trigger=trigger.name,
        type=trigger.get_cta_type_display(),
        priority=priority,
        priority_name=str(Priority(priority).label),
        owner=str(account.csm),
        due_on=trigger_cases.due_day(trigger, account.csm, now=now),
    )


# --- Reasons -----------------------------------------------------------------------------------------


def explain(
    question: Question, moved: pl.DataFrame, *, now: datetime
) -> Iterator[tuple[dict[str, Any], str]]:
    """Each move with its reason in words: their accounts are read and judged by both editions."""
    if moved.is_empty():
        return
    ids = moved["account_id"].unique().to_list()
    drafted = _rows(question.draft, ids, moved["period"].unique().to_list(), now=now)
    based: dict[tuple[int, date], Side] = {}
    for task in question.bases():
        months = moved["period"].filter(moved["period"].is_between(task.first, task.last))
        based |= _rows(task.edition, ids, months.unique().to_list(), now=now)
    for row in moved.iter_rows(named=True):
        key = (row["account_id"], row["period"])
        known = key in based and key in drafted
        yield row, reasons.why(row["part"], based[key], drafted[key]) if known else ""


def _rows(
    edition: scored.Edition, ids: list[int], months: list[date], *, now: datetime
) -> dict[tuple[int, date], Side]:
    if not months:
        return {}
    periods = months_read(sorted(months), edition)
    data = readings.read(ids, edition, periods, now=now)
    chosen = candidates(data, edition)
    judged = judge(chosen, data.subscriptions, edition, periods, data.signals)
    return {
        (row["account_id"], row["period"]): Side(edition, row)
        for row in judged.filter(pl.col("period").is_in(months)).iter_rows(named=True)
    }


def moved_rows(question: Question, moved: pl.DataFrame, *, now: datetime) -> Iterator[list[object]]:
    """The moves with their reasons, by COLUMNS, a batch at a time."""
    for part in moved.iter_slices(BATCH_SIZE):
        for row, reason in explain(question, part, now=now):
            yield [
                row["external_id"], row["name"], row["segment"], row["arr"], row["csm"],
                row["part"], format_period(row["period"]), row["before"], row["after"],
                row["months"], reason,
            ]  # fmt: skip


# --- In the background -------------------------------------------------------------------------------


def is_at_once(question: Question, *, now: datetime) -> bool:
    """Whether a page can wait for the answer: few account months, or the verdicts are kept."""
    months = len(span(question.first, question.last))
    if Account.objects.count() * months <= MOST_AT_ONCE:
        return True
    tasks = [question.task, *question.bases()]
    return _book(question, tasks[1:], now=now).is_ready(tasks)


def request(
    *,
    edition_id: int,
    base_id: int | None,
    first: date,
    last: date,
    by: User | None,
    now: datetime,
) -> Job:
    """Queue the making of both sides' verdicts, which are kept: then the answer is there at once."""
    params = {
        "edition": edition_id,
        "base": base_id,
        "from": format_period(first),
        "to": format_period(last),
    }
    key = ":".join(str(value) for value in params.values())
    return jobs.enqueue(kind=KIND, params=params, now=now, dedupe_key=key, by=by)


def run_what_if_job(job: Job, *, clock: Callable[[], datetime] = timezone.now) -> dict[str, Any]:
    """Handler of the jobs of kind `what_if`; params: edition, base or null, from, to."""
    params = job.params
    question = Question(
        draft=editions.load(params["edition"]),
        first=parse_period(params["from"]),
        last=parse_period(params["to"]),
        base=editions.load(params["base"]) if params["base"] else None,
    )
    bases = question.bases()
    judged = _book(question, bases, now=clock()).judged(
        [*bases, question.task],
        progress=lambda done, total: jobs.beat(job, done=done, total=total, now=clock()),
    )
    return {"account months": len(judged[-1].filter(pl.col("period") >= question.first))}
