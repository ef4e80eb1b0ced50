"""Verdicts of accounts by any edition, stored or not: from kept frames where those are good. Writes no scores."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from usage.lab import partial, what_if
from usage.models import Edition as EditionRow
from usage.models import KeptFrame, Measure
from usage.periods import format_period, period_of, shift, span
from usage.scoring import Edition, candidates, frames, judge
from usage.scoring.edition import SEATS
from usage.scoring.transitions import look_back_months
from usage.services import health_facts, kept_frames, readings, scoring
from usage.services.scoring import Shard

Progress = Callable[[int, int], None]

HEALTH_AGE = timedelta(minutes=10)
SHARDS_KEPT_AT_ONCE = 10
SCORES = "known"

SUBSCRIPTIONS = ["account_id", "subscription_id", "customer_since", "arr", "start_date", "end_date"]
CANDIDATES = [
    "account_id", "subscription_id", "instance_id", "period", "recorded_at", "plan", "deployment",
    "arr", SEATS, "age", "candidate", "primary", "largest",
]  # fmt: skip


@dataclass(frozen=True)
class Task:
    """Months that an edition is to judge, both ends included.

    `is_base`: others are compared with it, and take the scores of what they share from it.
    """

    edition: Edition
    first: date
    last: date
    is_base: bool = False

    def name(self, shard: Shard, what: str = "verdicts") -> str:
        months = f"{format_period(self.first)}:{format_period(self.last)}"
        return f"{what}/{self.edition.digest}/{months}/{shard.number}"

    @property
    def periods(self) -> list[date]:
        """The months, and those that drops of the first ones are judged against."""
        return span(shift(self.first, -look_back_months(self.edition)), self.last)

    @property
    def most_age(self) -> timedelta:
        """What a scorecard reads besides usage changes without a scoring being asked for."""
        return kept_frames.MOST_AGE if self.edition.scorecard is None else HEALTH_AGE


@dataclass
class Book:
    """What is judged: everybody's readings of all reported months, a shard at a time.

    `made_at`: when the oldest frame that was taken was read; None: all was read now.
    """

    now: datetime
    keys: tuple[str, ...]
    good: str | None = field(default_factory=kept_frames.stamp)
    made_at: datetime | None = None
    _fresh: dict[str, pl.DataFrame] = field(default_factory=dict)  # made, and not kept yet

    def judged(
        self,
        tasks: Collection[Task],
        account_ids: Collection[int] | None = None,
        progress: Progress | None = None,
    ) -> list[pl.DataFrame]:
        """Verdicts of each task, of all accounts or some."""
        shards = list(scoring.shards(account_ids))
        total, done = sum(shard.size for shard in shards), 0
        found: list[list[pl.DataFrame]] = [[] for _ in tasks]
        for number, shard in enumerate(shards, 1):
            for parts, task in zip(found, tasks, strict=True):
                parts.append(self._verdicts(shard, task, tasks))
            if number % SHARDS_KEPT_AT_ONCE == 0 or number == len(shards):
                self._keep_fresh()
            done += shard.size
            if progress is not None:
                progress(done, total)
        return [
            _only(_joined(parts, task), account_ids)
            for parts, task in zip(found, tasks, strict=True)
        ]

    def is_ready(self, tasks: Collection[Task]) -> bool:
        """Whether all of these verdicts are kept and good."""
        names = {task.name(shard) for task in tasks for shard in scoring.shards()}
        age = min(task.most_age for task in tasks)
        return len(kept_frames.load(sorted(names), self.good, since=self.now - age)) == len(names)

    def _verdicts(self, shard: Shard, task: Task, others: Collection[Task]) -> pl.DataFrame:
        name = task.name(shard)
        if (known := self._known(name, task.most_age)) is not None:
            return known
        scores = self._scores(shard, task, others)
        self._fresh[name] = what_if.verdicts(scores, task.edition)
        if task.is_base:
            codes = tuple(use_case.code for use_case in task.edition.use_cases)
            self._fresh[task.name(shard, SCORES)] = scores.select(partial.columns(codes))
        return self._fresh[name]

    def _scores(self, shard: Shard, task: Task, others: Collection[Task]) -> pl.DataFrame:
        """Account scores; of what another task of the same months was scored by, only the rest."""
        for other in others:
            codes = partial.shared(other.edition, task.edition)
            if not codes or (other.last, other.periods) != (task.last, task.periods):
                continue
            name, columns = other.name(shard, SCORES), partial.columns(codes)
            if (known := self._known(name, other.most_age, columns)) is not None:
                rest = partial.remainder(task.edition, codes)
                _, chosen = self._lately(shard, rest, task)
                return partial.completed(chosen, known, rest, task.edition)
        return self._judge(shard, task)

    def _known(
        self, name: str, age: timedelta, columns: Sequence[str] | None = None
    ) -> pl.DataFrame | None:
        """A frame that was made just now or is kept, or some of its columns."""
        if name in self._fresh:
            return self._fresh[name].select(columns or pl.all())
        kept = self._kept([name], age)
        return kept_frames.content(kept[name], columns) if kept else None

    def _keep_fresh(self) -> None:
        """Of several shards at once: what is kept is compared with the whole data first."""
        if self._fresh:
            kept_frames.keep(self._fresh, self.good, now=self.now)
            self._fresh.clear()

    def _judge(self, shard: Shard, task: Task) -> pl.DataFrame:
        subscriptions, chosen = self._lately(shard, task.edition, task)
        whole = scoring.whole_shard(shard.number).account_ids
        signals = health_facts.read(whole, task.edition, task.periods, now=self.now)
        return judge(chosen, subscriptions, task.edition, task.periods, signals)

    def _kept(self, names: list[str], age: timedelta) -> dict[str, KeptFrame]:
        """The frames of these names, or none where one is missing."""
        found = kept_frames.load(names, self.good, since=self.now - age)
        if len(found) < len(names):
            return {}
        oldest = min(kept.made_at for kept in found.values())
        self.made_at = min(self.made_at or oldest, oldest)
        return found

    def _lately(
        self, shard: Shard, edition: Edition, task: Task
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Subscriptions, and what can count in the task's months."""
        subscriptions, chosen = self._candidates(shard, edition)
        within = pl.col("period").is_between(task.periods[0], task.last)
        return subscriptions, chosen.filter(within)

    def _candidates(self, shard: Shard, edition: Edition) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Subscriptions, and the readings that can count with the metrics that the edition names."""
        size = hashlib.blake2b(edition.size_metric.encode(), digest_size=8).hexdigest()
        names = [f"subscriptions/{shard.number}", f"candidates/{size}/{shard.number}"]
        metrics = [frames.metric(key) for key in edition.metric_keys]
        if kept := self._kept(names, kept_frames.MOST_AGE):
            subscriptions, chosen = (kept[name] for name in names)
            if set(metrics) <= set(kept_frames.columns(chosen)):
                columns = [*CANDIDATES, *metrics]
                return kept_frames.content(subscriptions), kept_frames.content(chosen, columns)
        reported = scoring.reported_periods()
        periods = span(*reported) if reported else [period_of(self.now)]
        whole = scoring.whole_shard(shard.number)
        data = readings.read_usage(whole.account_ids, self.keys, periods)
        all_metrics = [frames.metric(key) for key in self.keys]
        read = (
            data.subscriptions.select(SUBSCRIPTIONS),
            candidates(data, edition).select(*CANDIDATES, *all_metrics),
        )
        kept_frames.keep(dict(zip(names, read, strict=True)), self.good, now=self.now)
        return read


def book(editions: Collection[Edition], *, now: datetime) -> Book:
    """A book with the metrics that these editions name, and those of all stored ones beside."""
    keys = {key for edition in editions for key in edition.metric_keys} | set(_stored_keys())
    return Book(now=now, keys=tuple(sorted(keys)))


def _stored_keys() -> Iterator[str]:
    yield from EditionRow.objects.values_list("size_metric", flat=True)
    for numerator, denominator in Measure.objects.values_list("numerator", "denominator"):
        yield from (key for key in (*numerator, *denominator) if key != SEATS)


def _joined(parts: list[pl.DataFrame], task: Task) -> pl.DataFrame:
    return pl.concat([what_if.nothing_judged(task.edition), *parts])


def _only(judged: pl.DataFrame, account_ids: Collection[int] | None) -> pl.DataFrame:
    if account_ids is None:
        return judged
    ids = pl.Series(list(account_ids), dtype=pl.Int64)
    return judged.filter(pl.col("account_id").is_in(ids.implode()))
