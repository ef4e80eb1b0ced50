"""Evidence of a card as compact JSON text, in the order that the immutable edition defines.

{"age": months,
 "components": [[value, score, colour letter, level of reach], …],
 "measures": [[value, colour letter], …],
 "composites": [[code, score, colour letter], …],
 "groups": [[code, score, colour letter], …],                   } with a scorecard only; `health`: a
 "health": [[number, letter, day, row's id, why NA or flagged], …], } row per measure of it
 "carried": {"from": month, "scores": {code: score}} where usage of an earlier month counts,
 "young": whether the account is in its first days, "overridden": whether a Red measure decides,
 "rows": [{"subscription", "plan", "arr", "seats", "instance", "hostname", "deployment", "snapshot",
           "primary", "largest", "reason",
           "measures": [[numerator, denominator, value, colour letter], …]}, …]}
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from usage.scoring import expressions as ex
from usage.scoring import frames
from usage.scoring.edition import Edition
from usage.scoring.health import OVERRIDDEN, carried, cell, points_of, usage_parts
from usage.scoring.scorecard import HealthMeasure, Scorecard
from usage.scoring.transitions import shown_value

NO_INSTANCE = "no Production instance reported in this month"


def _number(column: pl.Expr) -> pl.Expr:
    """A float as the shortest JSON number; null where it is NA."""
    whole = (column == column.floor()) & (column.abs() < 1e15)
    text = pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String))
    return text.otherwise(column.cast(pl.String)).fill_null("null")


def _list(parts: list[pl.Expr]) -> pl.Expr:
    return pl.concat_str([pl.lit("["), pl.concat_str(parts, separator=","), pl.lit("]")])


def _quoted(text: pl.Expr) -> pl.Expr:
    return pl.concat_str([pl.lit('"'), text, pl.lit('"')])


def _instance_measures(edition: Edition) -> pl.Expr:
    parts = []
    for use_case, measure in edition.measures():
        code = frames.full_code(use_case.code, measure.code)
        parts.append(
            _list(
                [
                    _number(pl.col(frames.numerator(code))),
                    _number(pl.col(frames.denominator(code))),
                    _number(pl.col(frames.value(code))),
                    _quoted(ex.letter(edition, pl.col(frames.points(code)))),
                ]
            )
        )
    return _list(parts)


def _reason() -> pl.Expr:
    return (
        pl.when(pl.col("primary"))
        .then(pl.lit(""))
        .when(pl.col("opted_out"))
        .then(pl.lit("opted out of health"))
        .when(pl.col("kind") != frames.PRODUCTION)
        .then(pl.concat_str([pl.lit("labelled "), pl.col("kind")]))
        .otherwise(pl.lit("another instance of the subscription has more users"))
    )


def instance_rows(scored: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """One JSON object per instance of a counted subscription, by account and month."""
    used = pl.col("candidate")
    measures = pl.when(used).then(_instance_measures(edition)).otherwise(pl.lit("[]"))
    text = pl.concat_str(
        [
            pl.lit("{"), pl.col("label"), pl.lit(","), pl.col("instance_label"),
            pl.lit(',"snapshot":'), _quoted(pl.col("recorded_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")),
            pl.lit(',"primary":'), pl.col("primary").cast(pl.String),
            pl.lit(',"largest":'), pl.col("largest").cast(pl.String),
            pl.lit(',"reason":'), _quoted(_reason()),
            pl.lit(',"measures":'), measures, pl.lit("}"),
        ]
    )  # fmt: skip
    rows = scored.filter(pl.col("counted"))
    return rows.select(*frames.KEY, "subscription_id", "instance_id", "primary", row=text)


def silent_rows(counted: pl.DataFrame, reported: pl.DataFrame) -> pl.DataFrame:
    """One JSON object per counted subscription without a primary instance in the month."""
    primaries = reported.filter(pl.col("primary"))
    silent = counted.join(primaries, on=[*frames.KEY, "subscription_id"], how="anti")
    text = pl.concat_str(
        [
            pl.lit("{"), pl.col("label"),
            pl.lit(',"instance":null,"hostname":"","deployment":"","snapshot":null,"primary":false'),
            pl.lit(',"largest":false,"reason":"'),
            pl.lit(NO_INSTANCE), pl.lit('","measures":[]}'),
        ]
    )  # fmt: skip
    return silent.select(
        *frames.KEY,
        "subscription_id",
        instance_id=pl.lit(None, dtype=pl.Int64),
        primary=pl.lit(value=False),
        row=text,
    )


def add_evidence(
    accounts: pl.DataFrame, instances: pl.DataFrame, counted: pl.DataFrame, edition: Edition
) -> pl.DataFrame:
    """Adds to account scores: evidence, component_colors, component_levels, component_reach,
    overall, color."""
    reported = instance_rows(instances, edition)
    rows = (
        pl.concat([reported, silent_rows(counted, reported)])
        .sort(*frames.KEY, "subscription_id", "instance_id", nulls_last=True)
        .group_by(frames.KEY, maintain_order=True)
        .agg(pl.col("row").str.join(","))
    )
    codes = [use_case.code for use_case in edition.use_cases]
    letters = [ex.letter(edition, pl.col(frames.score(code))) for code in codes]
    overall = pl.col(frames.score(edition.overall))
    return accounts.join(rows, on=frames.KEY, how="left").with_columns(
        evidence=_card(edition),
        component_colors=pl.concat_str(letters),
        component_levels=levels(edition, frames.score),
        component_reach=levels(edition, frames.reach),
        overall=overall,
        color=overall_color(edition).fill_null(""),
    )


def overall_color(edition: Edition) -> pl.Expr:
    """The colour of the overall score, or Red where a measure's Red decides."""
    color = ex.color(edition, pl.col(frames.score(edition.overall)))
    if edition.scorecard is None:
        return color
    decided = pl.col(OVERRIDDEN) & color.is_not_null()
    return pl.when(decided).then(pl.lit("Red")).otherwise(color)


def levels(edition: Edition, column: Callable[[str], str]) -> pl.Expr:
    """A digit per component: the position of its maturity level; - where it is NA or has none."""
    return pl.concat_str(
        ex.level(edition, pl.col(column(use_case.code))).cast(pl.String).fill_null("-")
        if use_case.counts_as_use_case
        else pl.lit("-")
        for use_case in edition.use_cases
    )


def _card(edition: Edition) -> pl.Expr:
    components = [_component(edition, use_case.code) for use_case in edition.use_cases]
    measures = []
    for use_case, measure in edition.measures():
        code = frames.full_code(use_case.code, measure.code)
        worth = ex.letter(edition, pl.col(frames.points(code)))
        measures.append(_list([_number(pl.col(frames.value(code))), _quoted(worth)]))
    composites = [
        _list(
            [
                pl.lit(f'"{composite.code}"'),
                _number(pl.col(frames.score(composite.code))),
                _quoted(_composite_letter(edition, composite.code)),
            ]
        )
        for composite in edition.composites
    ]
    return pl.concat_str(
        [
            pl.lit('{"age":'), pl.col("age").cast(pl.String),
            pl.lit(',"components":'), _list(components),
            pl.lit(',"measures":'), _list(measures),
            pl.lit(',"composites":'), _list(composites), *_health(edition),
            pl.lit(',"rows":['), pl.col("row"), pl.lit("]}"),
        ]
    )  # fmt: skip


def _composite_letter(edition: Edition, code: str) -> pl.Expr:
    if code == edition.overall:
        return overall_color(edition).str.head(1).fill_null("N")
    return ex.letter(edition, pl.col(frames.score(code)))


def _health(edition: Edition) -> list[pl.Expr]:
    """What a scorecard adds to a card; nothing where the edition has none."""
    card = edition.scorecard
    if card is None:
        return []
    groups = [
        _list(
            [
                pl.lit(f'"{code}"'),
                _number(pl.col(frames.score(code))),
                _quoted(ex.letter(edition, pl.col(frames.score(code)))),
            ]
        )
        for code in card.codes
    ]
    return [
        pl.lit(',"groups":'), _list(groups),
        pl.lit(',"health":'), _list(_health_cells(card, edition)),
        pl.lit(',"carried":'), _carried(edition),
        pl.lit(',"young":'), pl.col("is_young").fill_null(value=False).cast(pl.String),
        pl.lit(',"overridden":'), pl.col(OVERRIDDEN).cast(pl.String),
    ]  # fmt: skip


def _carried(edition: Edition) -> pl.Expr:
    """Usage of an earlier month that counts; null where the month has its own, or none does."""
    scores = [
        pl.concat_str([pl.lit(f'"{code}":'), _number(pl.col(carried(code)))])
        for code in usage_parts(edition)
    ]
    text = pl.concat_str(
        [
            pl.lit('{"from":"'), pl.col("carried_from").dt.strftime("%Y-%m"),
            pl.lit('","scores":{'), pl.concat_str(scores, separator=","), pl.lit("}}"),
        ]
    )  # fmt: skip
    return text.fill_null("null")


def _health_cells(card: Scorecard, edition: Edition) -> list[pl.Expr]:
    return [_health_cell(measure, edition) for _, measure in card.measures()]


def _health_cell(measure: HealthMeasure, edition: Edition) -> pl.Expr:
    day = pl.col(cell(measure, "on")).dt.strftime("%Y-%m-%d")
    return _list(
        [
            _number(pl.col(cell(measure, "number"))),
            _quoted(ex.letter(edition, pl.col(points_of(measure)))),
            _quoted(day.fill_null("")),
            pl.col(cell(measure, "ref")).cast(pl.String).fill_null("null"),
            _quoted(pl.col(cell(measure, "why")).fill_null("u")),
        ]
    )


def _component(edition: Edition, code: str) -> pl.Expr:
    score = pl.col(frames.score(code))
    reach = ex.level(edition, pl.col(frames.reach(code)))
    single = edition.use_case(code).single_measure
    value = shown_value(edition, code) if single else pl.lit(None, dtype=pl.Float64)
    return _list(
        [
            _number(value),
            _number(score),
            _quoted(ex.letter(edition, score)),
            reach.cast(pl.String).fill_null("null"),
        ]
    )
