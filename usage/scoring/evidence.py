"""Evidence of a card as compact JSON text, in the order that the immutable edition defines.

{"age": months,
 "components": [[value, score, colour letter, level of reach], …],
 "measures": [[value, colour letter], …],
 "composites": [[code, score, colour letter], …],
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
        component_levels=_levels(edition, frames.score),
        component_reach=_levels(edition, frames.reach),
        overall=overall,
        color=ex.color(edition, overall).fill_null(""),
    )


def _levels(edition: Edition, column: Callable[[str], str]) -> pl.Expr:
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
                _quoted(ex.letter(edition, pl.col(frames.score(composite.code)))),
            ]
        )
        for composite in edition.composites
    ]
    return pl.concat_str(
        [
            pl.lit('{"age":'), pl.col("age").cast(pl.String),
            pl.lit(',"components":'), _list(components),
            pl.lit(',"measures":'), _list(measures),
            pl.lit(',"composites":'), _list(composites),
            pl.lit(',"rows":['), pl.col("row"), pl.lit("]}"),
        ]
    )  # fmt: skip


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
