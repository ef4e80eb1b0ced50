"""What health reads besides usage: frames of dated facts, and each source's number as of a day.

A month is judged as of its last day, the running one as of today; so a former month stays what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import polars as pl

from usage.scoring.frames import KEY
from usage.scoring.scorecard import HealthMeasure, Source

MOMENT = pl.Datetime("us", "UTC")
RANKS = {"red": 0.0, "yellow": 1.0, "green": 2.0}
CLOSED_LATELY_DAYS = 7
PERSONA_MONTHS = 3
SURVEY_DAYS = 365  # of answers, where a measure says no other
CASE_DAYS = 30
LOOK_BACK_DAYS = 400  # an earlier call or meeting is as good as none

ACCOUNTS = pl.Schema(
    {
        "account_id": pl.Int64(),
        "segment": pl.String(),
        "priority": pl.Int64(),
        "customer_since": pl.Date(),
    }
)
ENTRIES = pl.Schema(
    {
        "account_id": pl.Int64(),
        "id": pl.Int64(),
        "at": MOMENT,
        "sentiment": pl.String(),  # red, yellow, green or empty
        "engages": pl.Boolean(),  # a call or a meeting
    }
)
PERSONAS = pl.Schema({"account_id": pl.Int64(), "at": MOMENT, "persona": pl.String()})
PLANS = pl.Schema(
    {
        "account_id": pl.Int64(),
        "id": pl.Int64(),
        "created_at": MOMENT,
        "activated_at": MOMENT,
        "closed_at": MOMENT,
        "is_documented": pl.Boolean(),
    }
)
OBJECTIVES = pl.Schema(
    {"id": pl.Int64(), "created_at": MOMENT, "dropped_at": MOMENT}
)  # id: the plan's
CASES = pl.Schema(
    {
        "account_id": pl.Int64(),
        "id": pl.Int64(),
        "opened_at": MOMENT,
        "closed_at": MOMENT,
        "is_urgent": pl.Boolean(),
    }
)
ANSWERS = pl.Schema(
    {"account_id": pl.Int64(), "kind": pl.String(), "score": pl.Float64(), "at": MOMENT}
)
MANUAL = pl.Schema(
    {
        "account_id": pl.Int64(),
        "id": pl.Int64(),
        "measure": pl.String(),
        "color": pl.String(),  # as the colours are called; empty: not known any more
        "at": MOMENT,
    }
)


def _nothing(schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(schema=schema)


@dataclass(frozen=True)
class Signals:
    """Frames by the schemas above. `as_of`: the day that each month is judged as of.

    `recorded_since`: when the organisation began to record what a source reads; absent: it does not.
    """

    as_of: Mapping[date, date]
    accounts: pl.DataFrame
    recorded_since: Mapping[str, date] = field(default_factory=dict)
    entries: pl.DataFrame = field(default_factory=lambda: _nothing(ENTRIES))
    personas: pl.DataFrame = field(default_factory=lambda: _nothing(PERSONAS))
    plans: pl.DataFrame = field(default_factory=lambda: _nothing(PLANS))
    objectives: pl.DataFrame = field(default_factory=lambda: _nothing(OBJECTIVES))
    cases: pl.DataFrame = field(default_factory=lambda: _nothing(CASES))
    answers: pl.DataFrame = field(default_factory=lambda: _nothing(ANSWERS))
    manual: pl.DataFrame = field(default_factory=lambda: _nothing(MANUAL))


def known_at(signals: Signals, moment: datetime) -> Signals:
    """Signals without what came after a moment: rows begun later, ends that were still to come."""
    then = pl.lit(moment).cast(MOMENT)

    def begun(rows: pl.DataFrame, start: str, *ends: str) -> pl.DataFrame:
        return rows.filter(pl.col(start) <= then).with_columns(
            pl.when(pl.col(end) <= then).then(pl.col(end)).alias(end) for end in ends
        )

    return replace(
        signals,
        plans=begun(signals.plans, "created_at", "activated_at", "closed_at"),
        objectives=begun(signals.objectives, "created_at", "dropped_at"),
        cases=begun(signals.cases, "opened_at", "closed_at"),
        answers=begun(signals.answers, "at"),
        manual=begun(signals.manual, "at"),
    )


def found(months: pl.DataFrame, signals: Signals, measure: HealthMeasure) -> pl.DataFrame:
    """What a measure's source says: account_id, period, number, on (the day it is of), ref (a row's id).

    `months` has account_id, period, as_of and customer_since. A row that is not there is not known.
    """
    source = Source(measure.source)
    if source is Source.SENTIMENT:
        rows = signals.entries.filter(pl.col("sentiment") != "")
        return _newest(months, rows.with_columns(number=_rank("sentiment")))
    if source is Source.MANUAL:
        rows = signals.manual.filter(pl.col("measure") == measure.code)
        return _newest(months, rows.with_columns(number=_rank("color")))
    if source is Source.SUCCESS_PLAN:
        return _plans(months, signals)
    if source is Source.SUPPORT_VOLUME:
        return _volume(months, signals.cases)
    if source is Source.URGENT_CASES:
        return _urgent(months, signals.cases, days=measure.stale_after_days or CASE_DAYS)
    if source is Source.MEETING_AGE:
        return _meetings(months, signals.entries.filter(pl.col("engages")))
    if source is Source.PERSONAS:
        wanted = pl.col("persona").is_in(measure.personas)
        return _personas(months, signals.personas.filter(wanted))
    kind = signals.answers.filter(pl.col("kind") == source.value)
    return _surveys(months, kind, source, days=measure.stale_after_days or SURVEY_DAYS)


def _rank(column: str) -> pl.Expr:
    return (
        pl.col(column)
        .str.to_lowercase()
        .replace_strict(RANKS, default=None, return_dtype=pl.Float64)
    )


def _day(column: str) -> pl.Expr:
    return pl.col(column).dt.date()


def _days(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    return (end - start).dt.total_days().cast(pl.Float64)


def _until_then(months: pl.DataFrame, rows: pl.DataFrame, column: str = "at") -> pl.DataFrame:
    """Each month's rows of its account up to the day that it is judged as of."""
    joined = months.select(*KEY, "as_of").join(rows, on="account_id")
    return joined.with_columns(on=_day(column)).filter(pl.col("on") <= pl.col("as_of"))


def _newest(months: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The newest row of each month, of two of one moment the later one."""
    return (
        _until_then(months, rows)
        .sort("at", "id")
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("number").last(), pl.col("on").last(), ref=pl.col("id").last())
    )


def _plans(months: pl.DataFrame, signals: Signals) -> pl.DataFrame:
    """The best of the account's open plans; 0 for an account without one."""
    open_then = _until_then(months, signals.plans, "created_at").filter(
        pl.col("closed_at").is_null() | (_day("closed_at") > pl.col("as_of"))
    )
    set_then = (
        open_then.select(*KEY, "as_of", "id")
        .join(signals.objectives, on="id")
        .filter(
            (_day("created_at") <= pl.col("as_of"))
            & (pl.col("dropped_at").is_null() | (_day("dropped_at") > pl.col("as_of")))
        )
        .select(*KEY, "id", has_objective=pl.lit(value=True))
        .unique()
    )
    is_active = (_day("activated_at") <= pl.col("as_of")).fill_null(value=False)
    best = (
        open_then.join(set_then, on=[*KEY, "id"], how="left")
        .with_columns(
            number=pl.when(pl.col("has_objective").is_null())
            .then(0.0)
            .when(is_active & pl.col("is_documented"))
            .then(2.0)
            .otherwise(1.0)
        )
        .sort("number", "id")
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("number").last(), pl.col("on").last(), ref=pl.col("id").last())
    )
    known = months.select(KEY).join(best, on=KEY, how="left")
    return known.with_columns(pl.col("number").fill_null(0.0))


def _volume(months: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Cases opened in the calendar month; of the running one in the month up to today."""
    ended = pl.col("as_of") == pl.col("period").dt.month_end()
    first = (
        pl.when(ended)
        .then(pl.col("period"))
        .otherwise(pl.col("as_of").dt.offset_by("-1mo").dt.offset_by("1d"))
    )
    return (
        _until_then(months, cases, "opened_at")
        .filter(pl.col("on") >= first)
        .group_by(KEY)
        .agg(number=pl.len().cast(pl.Float64), on=pl.col("on").max())
        .with_columns(ref=pl.lit(None, dtype=pl.Int64))
    )


def _urgent(months: pl.DataFrame, cases: pl.DataFrame, *, days: int) -> pl.DataFrame:
    """Whether an urgent case is open, or was closed lately; 0 where there were other cases lately."""
    closed = pl.when(_day("closed_at") <= pl.col("as_of")).then(_day("closed_at"))
    seen = _until_then(months, cases, "opened_at").with_columns(closed=closed)
    age = _days(pl.col("closed"), pl.col("as_of"))
    is_open = pl.col("closed").is_null()
    number = (
        pl.when(pl.col("is_urgent") & is_open)
        .then(2.0)
        .when(pl.col("is_urgent") & (age <= CLOSED_LATELY_DAYS))
        .then(1.0)
        .when((age <= days) | (_days(pl.col("on"), pl.col("as_of")) <= days))
        .then(0.0)
    )
    return (
        seen.with_columns(number=number)
        .filter(pl.col("number").is_not_null())
        .sort("number", "on", "id")
        .group_by(KEY, maintain_order=True)
        .agg(
            pl.col("number").last(),
            on=pl.coalesce("closed", "on").last(),
            ref=pl.col("id").last(),
        )
    )


def _meetings(months: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Days since the last call or meeting; of an account that had none, since it became a customer."""
    last = _newest(months, entries.with_columns(number=pl.lit(0.0)))
    known = months.select(*KEY, "as_of", "customer_since").join(
        last.select(*KEY, "on", "ref"), on=KEY, how="left"
    )
    since = pl.coalesce("on", "customer_since")
    return known.select(
        *KEY,
        number=_days(since, pl.col("as_of")).clip(0, LOOK_BACK_DAYS),
        on="on",
        ref="ref",
    )


def _personas(months: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """How many of the personas took part in a call or meeting in the last three months."""
    first = pl.col("as_of").dt.offset_by(f"-{PERSONA_MONTHS}mo")
    seen = (
        _until_then(months, rows)
        .filter(pl.col("on") > first)
        .group_by(KEY)
        .agg(number=pl.col("persona").n_unique().cast(pl.Float64), on=pl.col("on").max())
    )
    known = months.select(KEY).join(seen, on=KEY, how="left")
    return known.with_columns(pl.col("number").fill_null(0.0), ref=pl.lit(None, dtype=pl.Int64))


def _surveys(
    months: pl.DataFrame, answers: pl.DataFrame, source: Source, *, days: int
) -> pl.DataFrame:
    """NPS or the mean, of the answers of so many days."""
    lately = _until_then(months, answers).filter(_days(pl.col("on"), pl.col("as_of")) <= days)
    score = pl.col("score")
    promoters, detractors = (score >= 9).sum(), (score <= 6).sum()
    nps = (promoters.cast(pl.Float64) - detractors.cast(pl.Float64)) / pl.len() * 100
    return (
        lately.group_by(KEY)
        .agg(number=nps if source is Source.NPS else score.mean(), on=pl.col("on").max())
        .with_columns(ref=pl.lit(None, dtype=pl.Int64))
    )
