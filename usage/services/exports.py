"""Exports in long form: one row per id, month and code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from usage import scoring
from usage.models import Instance, ScoreCard, Transition
from usage.periods import format_period
from usage.queries import cards
from usage.scoring import expressions as ex
from usage.scoring import frames
from usage.scoring.edition import Edition
from usage.services import editions, readings
from usage.services.frames import among
from usage.services.scoring import Shard, Stretch, shards, stretches

SCORE_COLUMNS = ("id", "period", "edition", "code", "value", "score", "color")
TRANSITION_COLUMNS = ("account", "period", "edition", "component", "from", "to")
COLOR_NAMES = {"G": "Green", "Y": "Yellow", "R": "Red", "N": "NA"}

Row = tuple[object, ...]


def account_scores(first: date, last: date, edition_name: str | None = None) -> Iterator[Row]:
    """The stored cards: components, their measures and the composites of each."""
    for stretch in stretches(first, last, edition_name):
        edition = editions.frozen(stretch.edition)
        made = ScoreCard.objects.filter(edition=stretch.edition, period__in=stretch.periods)
        ordered = made.order_by("account__external_id", "period").values_list(
            "account__external_id", "period", "evidence"
        )
        for external_id, period, evidence in ordered.iterator():
            for code, *cells in _card_cells(evidence, edition):
                yield (external_id, format_period(period), edition.name, code, *cells)


def _card_cells(evidence: dict[str, list[list[object]]], edition: Edition) -> Iterator[Row]:
    for use_case, (value, score, letter, _) in zip(
        edition.use_cases, evidence["components"], strict=True
    ):
        yield use_case.code, _text(value), _text(score), COLOR_NAMES[str(letter)]
    for (use_case, measure), (value, letter) in zip(
        edition.measures(), evidence["measures"], strict=True
    ):
        code = frames.full_code(use_case.code, measure.code)
        yield code, _text(value), "", COLOR_NAMES[str(letter)]
    yield from _health_cells(evidence, edition)
    for composite, score, letter in evidence["composites"]:
        yield composite, "", _text(score), COLOR_NAMES[str(letter)]


def _health_cells(evidence: dict[str, list[list[object]]], edition: Edition) -> Iterator[Row]:
    """The groups of a scorecard and their measures; none where the edition has no scorecard."""
    for group, score, letter in evidence.get("groups", ()):
        yield group, "", _text(score), COLOR_NAMES[str(letter)]
    if edition.scorecard is None or "health" not in evidence:
        return
    for (owner, measure), (number, letter, *_) in zip(
        edition.scorecard.measures(), evidence["health"], strict=True
    ):
        code = frames.full_code(owner.code, measure.code)
        yield code, _text(number), "", COLOR_NAMES[str(letter)]


def _text(number: object) -> object:
    return "" if number is None else number


def instance_scores(first: date, last: date, edition_name: str | None = None) -> Iterator[Row]:
    """Scores of each mapped instance and month with a snapshot, made from the snapshots anew."""
    for stretch in stretches(first, last, edition_name):
        edition = editions.frozen(stretch.edition)
        for shard in shards():
            yield from _shard_instances(shard, stretch, edition)


def _shard_instances(shard: Shard, stretch: Stretch, edition: Edition) -> Iterator[Row]:
    data = readings.read(shard.account_ids, edition, stretch.periods)
    scored = scoring.score(data, edition, stretch.periods).instances
    names = dict(
        Instance.objects.filter(among(shard.account_ids, "subscription__account_id")).values_list(
            "pk", "external_id"
        )
    )
    codes, columns = [], []
    for code, value, score in _instance_columns(edition):
        codes.append(code)
        columns += [
            value.alias(f"{code}:v"),
            score.alias(f"{code}:s"),
            ex.color(edition, score).fill_null("NA").alias(f"{code}:c"),
        ]
    for instance_id, period, *cells in scored.select("instance_id", "period", *columns).iter_rows():
        for position, code in enumerate(codes):
            value, score, color = cells[position * 3 : position * 3 + 3]
            row = (names[instance_id], format_period(period), edition.name)
            yield (*row, code, _text(value), _text(score), color)


def _instance_columns(edition: Edition) -> Iterator[tuple[str, pl.Expr, pl.Expr]]:
    nothing = pl.lit(None, dtype=pl.Float64)
    for use_case in edition.use_cases:
        single = use_case.single_measure
        value = (
            pl.col(frames.value(frames.full_code(use_case.code, single.code)))
            if single
            else nothing
        )
        yield use_case.code, value, pl.col(frames.score(use_case.code))
    for use_case, measure in edition.measures():
        code = frames.full_code(use_case.code, measure.code)
        yield code, pl.col(frames.value(code)), pl.col(frames.points(code))
    for composite in edition.composites:
        yield composite.code, nothing, pl.col(frames.score(composite.code))


def transitions() -> Iterator[Row]:
    """Drops by the edition in force in their month; by account, month and component."""
    in_force = Transition.objects.filter(cards.months_in_force(cards.forces()))
    rows = in_force.order_by("account__external_id", "period", "edition", "component")
    for account, period, *rest in rows.values_list(
        "account__external_id", "period", "edition__name", "component", "from_color", "to_color"
    ).iterator():
        yield (account, format_period(period), *rest)
