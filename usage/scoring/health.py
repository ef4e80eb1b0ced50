"""Customer health beside usage: scores of an account's groups from its signals. Pure.

A measure's number is coloured by its bands, has the edition's points, and is NA with a reason where it
cannot be known. What is missing hands its weight to the other measures of its group, and a group
without any to the other groups: the weights of the overall composite do that.
"""

from __future__ import annotations

from functools import reduce

import polars as pl

from usage.scoring import expressions as ex
from usage.scoring import frames
from usage.scoring.edition import COLORS, Edition
from usage.scoring.health_facts import Signals, found
from usage.scoring.scorecard import ABSENCE_COUNTS, HealthBand, HealthMeasure, Scorecard, Source

# why a measure is NA, or what is to be said of one that is not; a letter in a card's evidence
NOT_RECORDED = "n"
FIRST_DAYS = "d"
OTHER_SEGMENT = "l"
STALE = "s"
UNKNOWN = "u"
FLAGGED = "f"
OVERRIDDEN = "overridden"
CARRIED_MONTHS = 2  # as many as are read before the months that are scored
DATED = (Source.SENTIMENT, Source.MANUAL, Source.SUPPORT_VOLUME)  # stale by the age of their day


def add_groups(months: pl.DataFrame, signals: Signals | None, edition: Edition) -> pl.DataFrame:
    """Adds to account months the score of each group, each measure's cells, `overridden`, `is_young`.

    An edition without a scorecard adds nothing; without signals all is NA.
    """
    card = edition.scorecard
    if card is None:
        return months
    if signals is None:
        return months.with_columns(
            *(pl.lit(None, dtype=pl.Float64).alias(frames.score(code)) for code in card.codes),
            *(column for _, measure in card.measures() for column in _unknown(measure)),
            pl.lit(value=False).alias(OVERRIDDEN),
            is_young=pl.lit(value=False),
            as_of=pl.lit(None, dtype=pl.Date),
        )
    judged = _with_accounts(months.select(frames.KEY), signals, card)
    for _, measure in card.measures():
        judged = _judge(judged, signals, measure, edition)
    judged = judged.with_columns(_group_scores(card)).with_columns(_overridden(card, edition))
    kept = judged.drop("customer_since", "segment", "priority")
    return months.join(kept, on=frames.KEY, how="left")


def usage_parts(edition: Edition) -> list[str]:
    """The parts of the overall score that are made of usage."""
    groups = edition.scorecard.codes if edition.scorecard else ()
    return [code for code, _ in edition.composites[-1].weights if code not in groups]


def carry_usage(months: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """Makes the overall score anew with usage that is not stale yet, where a month has none of its own.

    Else health would jump at each month's begin, until the first payload of the month is there. Adds
    `carried_from`, the month it is of, and the score of each part; `newest_recorded_at` is that one's.
    """
    if edition.scorecard is None:
        return months
    parts = usage_parts(edition)
    known = pl.any_horizontal(pl.col(frames.score(code)).is_not_null() for code in parts)
    told = months.filter(known & pl.col("newest_recorded_at").is_not_null())
    columns = ["newest_recorded_at", *map(frames.score, parts)]
    for back in range(1, CARRIED_MONTHS + 1):
        earlier = told.select(
            "account_id",
            pl.col("period").dt.offset_by(f"{back}mo"),
            pl.col("period").alias(f"period_{back}"),
            *(pl.col(name).alias(f"{name}_{back}") for name in columns),
        )
        months = months.join(earlier, on=frames.KEY, how="left")
    age = {
        back: (pl.col("as_of") - pl.col(f"newest_recorded_at_{back}").dt.date()).dt.total_days()
        for back in range(1, CARRIED_MONTHS + 1)
    }

    def newest(name: str) -> pl.Expr:
        fresh = [
            pl.when(days <= edition.stale_after_days).then(pl.col(f"{name}_{back}"))
            for back, days in age.items()
        ]
        return pl.when(~known).then(pl.coalesce(fresh))

    months = months.with_columns(
        newest("period").alias("carried_from"),
        pl.coalesce(newest("newest_recorded_at"), "newest_recorded_at").alias("newest_recorded_at"),
        *(newest(frames.score(code)).alias(carried(code)) for code in parts),
    )
    return months.with_columns(_overall(edition)).select(
        pl.exclude([f"{name}_{back}" for name in ("period", *columns) for back in age])
    )


def _overall(edition: Edition) -> pl.Expr:
    usage = usage_parts(edition)
    parts = []
    for code, weight in edition.composites[-1].weights:
        score = pl.col(frames.score(code))
        if code in usage:
            counted = pl.coalesce(score, carried(code))
            score = pl.when(~pl.col("is_young")).then(counted)
        parts.append((score, weight))
    return ex.weighted_mean(parts).alias(frames.score(edition.overall))


def carried(code: str) -> str:
    """Score of a part of usage that is of an earlier month."""
    return f"carried:{code}"


def points_of(measure: HealthMeasure) -> str:
    return f"health:points:{measure.code}"


def cell(measure: HealthMeasure, name: str) -> str:
    """A measure's `number`, `on` (a day), `ref` (id of the row that it comes from), `why` (a letter)."""
    return f"health:{name}:{measure.code}"


def _unknown(measure: HealthMeasure) -> list[pl.Expr]:
    kinds = {"number": pl.Float64(), "on": pl.Date(), "ref": pl.Int64()}
    return [
        pl.lit(None, dtype=pl.Float64).alias(points_of(measure)),
        *(pl.lit(None, dtype=kind).alias(cell(measure, name)) for name, kind in kinds.items()),
        pl.lit(UNKNOWN).alias(cell(measure, "why")),
    ]


def _with_accounts(months: pl.DataFrame, signals: Signals, card: Scorecard) -> pl.DataFrame:
    days = pl.DataFrame(
        list(signals.as_of.items()), schema={"period": pl.Date, "as_of": pl.Date}, orient="row"
    )
    joined = months.join(days, on="period", how="left").join(
        signals.accounts, on="account_id", how="left"
    )
    age = (pl.col("as_of") - pl.col("customer_since")).dt.total_days()
    return joined.with_columns(
        segment=pl.col("segment").str.to_lowercase(), is_young=age < card.first_days
    )


def _judge(
    judged: pl.DataFrame, signals: Signals, measure: HealthMeasure, edition: Edition
) -> pl.DataFrame:
    names = {name: cell(measure, name) for name in ("number", "on", "ref")}
    source = found(judged, signals, measure).select(*frames.KEY, *names).rename(names)
    joined = judged.join(source, on=frames.KEY, how="left")
    why, number = _why(measure, signals), pl.col(names["number"])
    joined = joined.with_columns(why.alias(cell(measure, "why")))
    is_known = pl.col(cell(measure, "why")).is_in(["", FLAGGED])
    return joined.with_columns(
        pl.when(is_known).then(number).alias(names["number"]),
        pl.when(is_known).then(_points(measure, number, edition)).alias(points_of(measure)),
    )


def _why(measure: HealthMeasure, signals: Signals) -> pl.Expr:
    """A letter where it is NA or flagged, empty where it is simply known."""
    number = pl.col(cell(measure, "number"))
    age = (pl.col("as_of") - pl.col(cell(measure, "on"))).dt.total_days()
    rules: list[tuple[pl.Expr, str]] = [(_is_of_another_segment(measure), OTHER_SEGMENT)]
    if not measure.counts_from_first_day:
        rules.append((pl.col("is_young"), FIRST_DAYS))
    if measure.source in ABSENCE_COUNTS:
        since = signals.recorded_since.get(measure.source)
        rules.append((_not_recorded_then(since), NOT_RECORDED))
    rules.append((number.is_null(), UNKNOWN))
    if measure.source in DATED and measure.stale_after_days is not None:
        rules.append((age > measure.stale_after_days, STALE))
    rules.append((_outside_bands(measure, number), UNKNOWN))
    if measure.flagged_after_days is not None:
        rules.append((age > measure.flagged_after_days, FLAGGED))
    result = pl.lit("")
    for condition, letter in reversed(rules):
        result = pl.when(condition).then(pl.lit(letter)).otherwise(result)
    return result


def _not_recorded_then(since: object) -> pl.Expr:
    return pl.lit(value=True) if since is None else pl.col("as_of") < pl.lit(since)


def _is_of_another_segment(measure: HealthMeasure) -> pl.Expr:
    segment, never = pl.col("segment"), pl.lit(value=False)
    only = [name.lower() for name in measure.segments]
    spared = [name.lower() for name in measure.except_segments]
    return (~segment.is_in(only) if only else never) | (segment.is_in(spared) if spared else never)


def _points(measure: HealthMeasure, number: pl.Expr, edition: Edition) -> pl.Expr:
    result = pl.lit(None, dtype=pl.Float64)
    for band in measure.bands:
        worth = edition.points[COLORS.index(band.color)]
        result = pl.when(_within(number, band)).then(worth).otherwise(result)
    return result


def _outside_bands(measure: HealthMeasure, number: pl.Expr) -> pl.Expr:
    """In no band of the account's priority: not judged."""
    inside = [_within(number, band) for band in measure.bands]
    return ~reduce(pl.Expr.or_, inside, pl.lit(value=False))


def _within(number: pl.Expr, band: HealthBand) -> pl.Expr:
    exact = number.round(ex.BOUND_DECIMALS)
    tests = [number.is_not_null()]
    if band.lower is not None:
        tests.append(exact >= band.lower if band.lower_closed else exact > band.lower)
    if band.upper is not None:
        tests.append(exact <= band.upper if band.upper_closed else exact < band.upper)
    if band.priority is not None:
        tests.append(pl.col("priority") == band.priority)
    return reduce(pl.Expr.and_, tests)


def _group_scores(card: Scorecard) -> list[pl.Expr]:
    return [
        ex.weighted_mean(
            [(pl.col(points_of(measure)), measure.weight) for measure in group.measures]
        ).alias(frames.score(group.code))
        for group in card.groups
    ]


def _overridden(card: Scorecard, edition: Edition) -> pl.Expr:
    """Whether a measure whose Red decides is Red."""
    reds = [
        (pl.col(points_of(measure)) == edition.points[0]).fill_null(value=False)
        for _, measure in card.measures()
        if measure.overrides
    ]
    return reduce(pl.Expr.or_, reds, pl.lit(value=False)).alias(OVERRIDDEN)
