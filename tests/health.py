"""Signals of health for the scoring core, in memory: a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from tests.scoring import OCTOBER, Inst, Row, Snap, Sub, frames_of, shipped
from usage import scoring
from usage.scoring import Edition, Signals
from usage.scoring import health_facts as facts

LAST_DAY = date(2026, 10, 31)
LONG_AGO = date(2020, 1, 1)
RECORDED = {"success_plan": LONG_AGO, "meeting_age": LONG_AGO, "personas": LONG_AGO}
NO_USAGE: tuple[Snap, ...] = ()


def prove() -> Edition:
    return shipped("2025-prove")


def at(month: int, day: int, *, year: int = 2026, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def known(
    *,
    segment: str = "Enterprise",
    priority: int = 1,
    since: date = date(2025, 1, 1),
    as_of: Mapping[date, date] | None = None,
    recorded_since: Mapping[str, date] | None = None,
    **rows: Sequence[tuple[Any, ...]],
) -> Signals:
    """Signals of account 1; `rows` by frame, without the account's id in front."""
    schemas = {
        "entries": facts.ENTRIES,
        "personas": facts.PERSONAS,
        "plans": facts.PLANS,
        "cases": facts.CASES,
        "answers": facts.ANSWERS,
        "manual": facts.MANUAL,
    }
    found = {
        name: pl.DataFrame([(1, *row) for row in rows[name]], schema=schema, orient="row")
        for name, schema in schemas.items()
        if name in rows
    }
    if "objectives" in rows:
        found["objectives"] = pl.DataFrame(
            rows["objectives"], schema=facts.OBJECTIVES, orient="row"
        )
    return Signals(
        as_of=as_of or {OCTOBER: LAST_DAY},
        accounts=pl.DataFrame([(1, segment, priority, since)], schema=facts.ACCOUNTS, orient="row"),
        recorded_since=RECORDED if recorded_since is None else recorded_since,
        **found,
    )


def judge(
    heard: Signals | None,
    edition: Edition | None = None,
    snaps: Sequence[Snap] = NO_USAGE,
    since: date = date(2025, 1, 1),
) -> Row:
    """The one account's October, without usage unless `snaps` says some."""
    card = edition or prove()
    data = frames_of(card, [Sub(since=since)], [Inst()], snaps)
    scores = scoring.score(replace(data, signals=heard), card, [OCTOBER])
    (cells,) = scores.accounts.iter_rows(named=True)
    return Row(cells, card)


def cells_of(row: Row, code: str) -> list[Any]:
    """What the evidence says of a measure: number, letter, day, row, why."""
    card = row.edition.scorecard
    assert card is not None
    codes = [measure.code for _, measure in card.measures()]
    found: list[Any] = row.evidence["health"][codes.index(code)]
    return found


def letter(heard: Signals, code: str) -> str:
    return str(cells_of(judge(heard), code)[1])
