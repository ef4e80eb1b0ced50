"""The main job: score, note the transitions, then evaluate the triggers for the newest month.

As a job of all accounts it is done in parts, a shard each, by all workers that are free; the triggers
are run once, by the job itself, when the last part is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Job
from accounts.services import jobs
from playbooks.services import queue_order, triggers
from playbooks.services.triggers import TriggerCounts
from usage.periods import format_period, parse_period, period_of, shift
from usage.services import kept_frames, rescoring
from usage.services import scoring as usage_scoring
from usage.services.scoring import Progress, ScoreCounts, ScoreRequest

NIGHTLY_MONTHS = 3  # an older month changes by an ingest or an import, which queues its own job


@dataclass(frozen=True)
class Outcome:
    """What a run did; `triggers` is None where the edition was not the one in force."""

    scores: ScoreCounts
    triggers: TriggerCounts | None

    def summary(self) -> dict[str, Any]:
        """As a job keeps it."""
        result: dict[str, Any] = {**asdict(self.scores), "cards": self.scores.cards}
        if self.triggers is not None and self.triggers.period is not None:
            result |= asdict(self.triggers) | {"period": format_period(self.triggers.period)}
        return result


def score(request: ScoreRequest, *, now: datetime, progress: Progress | None = None) -> Outcome:
    """Score the months and open what follows from them; an edition that is not in force opens nothing.

    Raises EditionUnknown, NoEditionInForce.
    """
    counts = usage_scoring.score(request, now=now, progress=progress)
    return _with_triggers(counts, request, now=now)


def _with_triggers(
    counts: ScoreCounts, request: ScoreRequest, *, now: datetime, job: Job | None = None
) -> Outcome:
    if not any(stretch.in_force for stretch in request.stretches()):
        return Outcome(counts, None)
    outcome = Outcome(
        counts, triggers.run_triggers(now=now, account_ids=request.account_ids, job=job)
    )
    queue_order.rank_all(now=now, account_ids=request.account_ids)
    return outcome


def run_score_job(job: Job, *, clock: Callable[[], datetime] = timezone.now) -> dict[str, Any]:
    """Handler of the jobs of kind `score`; params: from, to, account_ids or null, edition or null."""
    request = _request_of(job)
    if request.account_ids is None:
        counts = _score_in_parts(job, request, clock=clock)
    else:
        counts = usage_scoring.score(
            request,
            now=clock(),
            progress=lambda done, total: jobs.beat(job, done=done, total=total, now=clock()),
        )
    return _with_triggers(counts, request, now=clock(), job=job).summary()


def run_score_part(job: Job, *, clock: Callable[[], datetime] = timezone.now) -> dict[str, Any]:
    """Handler of the parts of such a job: params besides, the number of the `shard`."""
    counts = usage_scoring.score_one_shard(_request_of(job), job.params["shard"], now=clock())
    jobs.beat(job, done=counts.accounts, total=counts.accounts, now=clock())
    return asdict(counts)


def _request_of(job: Job) -> ScoreRequest:
    params = job.params
    return ScoreRequest(
        first=parse_period(params["from"]),
        last=parse_period(params["to"]),
        edition_name=params.get("edition"),
        account_ids=params.get("account_ids"),
    )


def _score_in_parts(
    job: Job, request: ScoreRequest, *, clock: Callable[[], datetime]
) -> ScoreCounts:
    request.stretches()  # refused before it is split
    shards = list(usage_scoring.shards())
    jobs.beat(job, done=0, total=sum(shard.size for shard in shards), now=clock())
    params = {name: job.params.get(name) for name in ("from", "to", "edition")}
    parts = {f"{job.pk}:{shard.number}": params | {"shard": shard.number} for shard in shards}
    jobs.split(job, kind="score_part", parts=parts, now=clock())
    done = (ScoreCounts(**summary) for summary in jobs.run_parts(job, clock=clock))
    return sum(done, ScoreCounts())


def enqueue_nightly(*, now: datetime) -> Job | None:
    """Queue the rescoring of all accounts over the last months; None before anything was reported.

    Health that reads more than usage has news of the running month, whoever reports. Frames that
    nobody asked for lately go.
    """
    kept_frames.drop_old(now=now)
    reported = usage_scoring.reported_periods()
    if reported is None:
        return None
    last = min(reported[1], period_of(now))
    if rescoring.has_scorecard():
        last = period_of(now)
    params = {
        "from": format_period(shift(last, 1 - NIGHTLY_MONTHS)),
        "to": format_period(last),
        "account_ids": None,
        "edition": None,
    }
    key = f"nightly:{last}"
    return jobs.enqueue(kind="score", params=params, now=now, dedupe_key=key, is_bulk=True)
