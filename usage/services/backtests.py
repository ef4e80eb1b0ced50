"""Backtests: read outcomes and what was known before each, measure, keep what was found.

A month is scored as it was known when it ended, whatever edition was in force then; so an edition that is
only a draft is judged by the same data, and nothing that came later can tell it anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Job, Outcome, User
from accounts.services import audit, jobs
from usage import scoring
from usage.errors import BacktestLeadsInvalid
from usage.lab.backtest import (
    LOOK_BACK,
    Alarm,
    Asked,
    Case,
    Report,
    Standing,
    Target,
    Told,
    cases_of,
    measure,
    periods_of,
)
from usage.lab.backtest.rows import bin_rows, figure_rows
from usage.lab.backtest.words import LOST, caveats, sentences
from usage.models import Backtest, Edition
from usage.periods import shift
from usage.queries.cards import forces
from usage.scoring.health import CARRIED_MONTHS
from usage.scoring.standings import standings
from usage.services import editions
from usage.services.known_at import Known, Records
from usage.services.reach import midnight

KIND = "backtest"
RED, WARM = "red", "red_yellow"
FORMER = "former"
LONGEST_LEAD = 36
LEADS = (3, 6, 9)
RESAMPLES = 1_000
SEED = 1
ACCOUNTS_AT_ONCE = 5_000

Progress = Callable[[int, int], None]
Found = dict[tuple[int, date], Standing]


@dataclass(frozen=True)
class Question:
    """What is asked of an edition; `former` is the edition that it is held against."""

    edition: scoring.Edition
    former: scoring.Edition | None = None
    asked: Asked = field(default_factory=Asked)
    known: Known = Known.RECEIVED


@dataclass(frozen=True)
class Answer:
    """What was found, as it is stored, and a hash of all that was counted for it."""

    result: dict[str, Any]
    input_hash: str


# --- ask ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Wish:
    """What a person chooses."""

    leads: tuple[int, ...] = LEADS
    target: str = Backtest.Target.CHURN
    known: str = Backtest.Known.RECEIVED
    resamples: int = RESAMPLES
    seed: int = SEED


def checked_leads(leads: Collection[int]) -> tuple[int, ...]:
    """Each once, ascending; raise BacktestLeadsInvalid."""
    if not leads or not all(1 <= lead <= LONGEST_LEAD for lead in leads):
        raise BacktestLeadsInvalid(LONGEST_LEAD)
    return tuple(sorted(set(leads)))


@transaction.atomic
def ask(*, edition_id: int, wish: Wish, now: datetime, by: User | None = None) -> Backtest:
    """Keep what is asked and queue the work; the caller wakes a worker. Raise BacktestLeadsInvalid."""
    edition = Edition.objects.get(pk=edition_id)
    former = former_of(edition)
    asked = Backtest.objects.create(
        edition=edition,
        edition_digest=editions.frozen(edition).digest,
        former_name=former.name if former else "",
        former_digest=editions.frozen(former).digest if former else "",
        leads=list(checked_leads(wish.leads)),
        target=wish.target,
        known=wish.known,
        resamples=wish.resamples,
        seed=wish.seed,
        asked_by=by,
        asked_at=now,
    )
    params = {"backtest": asked.pk, "edition": edition.name}
    asked.job = jobs.enqueue(kind=KIND, params=params, now=now, by=by, is_bulk=True)
    asked.save(update_fields=["job"])
    detail = {"edition": edition.name, "leads": asked.leads, "target": asked.target}
    audit.record("backtest.asked", asked, now=now, by=by, detail=detail)
    return asked


def former_of(edition: Edition) -> Edition | None:
    """The edition in force, of one that is not; of one that is, the one before it, or the last retired."""
    in_force = [force.edition_id for force in forces()]
    others = in_force[in_force.index(edition.pk) + 1 :] if edition.pk in in_force else in_force
    if others:
        return Edition.objects.get(pk=others[0])
    retired = Edition.objects.filter(status=Edition.Status.RETIRED).exclude(pk=edition.pk)
    return retired.order_by("-name").first()


# --- run ------------------------------------------------------------------------------------------
def run_backtest_job(job: Job, *, clock: Callable[[], datetime] = timezone.now) -> dict[str, Any]:
    """Handler of the jobs of kind `backtest`; params: the key of the backtest."""
    asked = Backtest.objects.select_related("edition").filter(pk=job.params["backtest"]).first()
    if asked is None:
        return {"outcomes": 0}  # its edition was a draft, and is gone
    run(asked, now=clock(), progress=lambda d, t: jobs.beat(job, done=d, total=t, now=clock()))
    return {"outcomes": asked.result["cases"], "losses": asked.result["losses"]}


def run(asked: Backtest, *, now: datetime, progress: Progress | None = None) -> None:
    """Measure what was asked, by the rules as they are now, and keep what was found."""
    former = Edition.objects.filter(name=asked.former_name).first()
    question = Question(
        edition=editions.frozen(asked.edition),
        former=editions.frozen(former) if former else None,
        asked=Asked(
            leads=tuple(asked.leads),
            target=Target(asked.target),
            resamples=asked.resamples,
            seed=asked.seed,
        ),
        known=Known(asked.known),
    )
    answer = backtest(question, now=now, progress=progress)
    asked.edition_digest = question.edition.digest
    asked.former_digest = question.former.digest if question.former else ""
    asked.result, asked.input_hash, asked.finished_at = answer.result, answer.input_hash, now
    asked.save()


def backtest(question: Question, *, now: datetime, progress: Progress | None = None) -> Answer:
    """Answer a question with what is stored; writes nothing."""
    cases = cases_of(outcomes(until=now), question.asked.target)
    periods = periods_of(cases, question.asked.leads, LOOK_BACK)
    total = len(periods) + len(question.asked.leads)

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, total)

    alarms = alarms_of(question)
    found = predictions(question, cases, periods, progress=tell)
    report = measure(
        cases,
        found,
        alarms,
        question.asked,
        by_segment=(RED, WARM),
        progress=lambda done: tell(len(periods) + done),
    )
    return Answer(_result(report, question, alarms, cases), _hash(cases, found, question))


def outcomes(*, until: datetime) -> list[Told]:
    """What became of customers up to a moment's day."""
    rows = Outcome.objects.filter(occurred_on__lte=until.astimezone(UTC).date())
    columns = (
        "account_id", "account__segment", "kind", "occurred_on", "arr_before", "arr_after",
    )  # fmt: skip
    ordered = rows.order_by("account_id", "occurred_on", "pk")
    return [Told(*row) for row in ordered.values_list(*columns)]


def alarms_of(question: Question) -> list[Alarm]:
    """The edition's overall colour, each component alone, and the former edition's overall colour."""
    alarms = [Alarm(RED, "Red", 0, "R"), Alarm(WARM, "Red or Yellow", 0, "RY")]
    components = question.edition.use_cases
    for column, each in enumerate(components, start=1):
        alarms.append(Alarm(f"{each.code}:{RED}", f"{each.name} alone: Red", column, "R"))
    if components:
        first = components[0]
        name = f"{first.name} alone: Red or Yellow"
        alarms.append(Alarm(f"{first.code}:{WARM}", name, 1, "RY"))
    if question.former is not None:
        column, name = len(components) + 1, question.former.name
        alarms.append(Alarm(f"{FORMER}:{RED}", f"Edition {name}: Red", column, "R"))
        alarms.append(Alarm(f"{FORMER}:{WARM}", f"Edition {name}: Red or Yellow", column, "RY"))
    return alarms


def predictions(
    question: Question,
    cases: Sequence[Case],
    periods: Sequence[date],
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> Found:
    """What each account stood at in each month, as it was known when the month ended."""
    account_ids = sorted({case.account_id for case in cases})
    found: Found = {}
    for start in range(0, len(account_ids), ACCOUNTS_AT_ONCE):
        some = account_ids[start : start + ACCOUNTS_AT_ONCE]
        own = _Scorer(some, question.edition, periods, question.known)
        former = question.former
        other = _Scorer(some, former, periods, question.known) if former else None
        for done, period in enumerate(periods, start=1):
            scored = own.month(period)
            beside = other.month(period) if other else {}
            for account_id, (score, letters) in scored.items():
                _, of_former = beside.get(account_id, (None, "N"))
                found[account_id, period] = Standing(score, letters + of_former[0])
            progress(done)
    return found


class _Scorer:
    """Some accounts by one edition, a month at a time."""

    def __init__(
        self,
        account_ids: Collection[int],
        edition: scoring.Edition,
        periods: Sequence[date],
        known: Known,
    ) -> None:
        self._edition = edition
        self._back = CARRIED_MONTHS if edition.scorecard else 0
        read = [shift(periods[0], -self._back), *periods]
        self._records = Records(account_ids, edition, read, known)

    def month(self, period: date) -> dict[int, tuple[float | None, str]]:
        """Score and letters by account, as they were known at the month's end."""
        read = [shift(period, -back) for back in range(self._back, -1, -1)]
        data = self._records.at(midnight(shift(period, 1)), read)
        frame = standings(data, self._edition, read, shown=[period])
        rows = frame.select("account_id", "overall", "letters").iter_rows()
        return {account_id: (score, letters) for account_id, score, letters in rows}


# --- tell -----------------------------------------------------------------------------------------
def _result(
    report: Report, question: Question, alarms: Sequence[Alarm], cases: Sequence[Case]
) -> dict[str, Any]:
    target = question.asked.target
    names = {alarm.key: alarm.name for alarm in alarms}
    first = question.edition.use_cases[0].code if question.edition.use_cases else ""
    told = []
    for key in (RED, WARM):
        beside = {f"{code}:{key}": "" for code in (first, FORMER)}
        others = {each: names[each] for each in beside if each in names}
        told += sentences(report, alarm=key, name=names[key], others=others, target=target)
    days = [case.on for case in cases]
    return {
        "cases": report.cases,
        "losses": report.losses,
        "lost": LOST[target],
        "first": f"{min(days)}" if days else None,
        "last": f"{max(days)}" if days else None,
        "sentences": told,
        "caveats": caveats(report, alarm=RED, target=target),
        "figures": list(figure_rows(report, alarms)),
        "calibration": bin_rows(report.calibration),
    }


def _hash(cases: Sequence[Case], found: Found, question: Question) -> str:
    """BLAKE2b-128 of outcomes, predictions and rules: the same again gives the same figures."""
    counted = [
        [question.edition.digest, question.former.digest if question.former else ""],
        [[c.account_id, f"{c.on}", c.is_loss, f"{c.lost}", c.segment] for c in cases],
        [[pk, f"{period}", s.score, s.letters] for (pk, period), s in sorted(found.items())],
    ]
    text = json.dumps(counted, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
