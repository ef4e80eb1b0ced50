"""From instance to subscription to account: roll-ups, composites, maturity levels."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from usage.scoring import expressions as ex
from usage.scoring import frames, health
from usage.scoring.edition import SEATS, Edition, Measure, UseCase
from usage.scoring.health_facts import Signals
from usage.scoring.instances import add_composites, applies


def score_accounts(
    instance_scores: pl.DataFrame,
    counted: pl.DataFrame,
    edition: Edition,
    signals: Signals | None = None,
) -> pl.DataFrame:
    """One row per account and month in which a subscription counts.

    Columns: value, points and score per component and measure, reach per component, composites,
    use_cases_adopted, newest_recorded_at, reporting_arr_share. An account without a reporting
    subscription is NA throughout. Order of the rows that come in changes nothing.
    """
    months = counted.group_by(frames.KEY).agg(
        pl.col("age").first(), pl.col("arr").sum().alias("counted_arr")
    )
    return score_months(instance_scores, months, edition, signals)


def score_months(
    instance_scores: pl.DataFrame,
    months: pl.DataFrame,
    edition: Edition,
    signals: Signals | None = None,
) -> pl.DataFrame:
    """The same for months with account_id, period, age and counted_arr; other columns are kept."""
    months = months.join(_reporting(instance_scores, edition), on=frames.KEY, how="left")
    for use_case in edition.use_cases:
        if use_case.roll_up in OTHER_ROLL_UPS:
            rolled = OTHER_ROLL_UPS[use_case.roll_up](instance_scores, use_case)
            months = months.join(rolled, on=frames.KEY, how="left")
        months = _score_component(months, use_case, edition)
    share = pl.col("reporting_arr").fill_null(0.0) / pl.col("counted_arr")
    months = months.with_columns(
        reporting_arr_share=pl.when(pl.col("counted_arr") > 0).then(share.round(6))
    )
    months = health.add_groups(months, signals, edition)
    months = add_composites(months, edition)
    return health.carry_usage(months, edition).sort(frames.KEY)


def _reporting(scored: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """What is ARR-weighted over the primary instances, all in one pass."""
    means = [
        mean
        for use_case in edition.use_cases
        if use_case.roll_up != "primary"
        for mean in _means(use_case)
    ]
    return (
        scored.filter(pl.col("primary"))
        .group_by(frames.KEY)
        .agg(
            pl.col("arr").sum().alias("reporting_arr"),
            pl.col("recorded_at").max().alias("newest_recorded_at"),
            *means,
        )
    )


def _codes(use_case: UseCase) -> list[tuple[str, Measure]]:
    return [(frames.full_code(use_case.code, m.code), m) for m in use_case.measures]


def _means(use_case: UseCase) -> Iterator[pl.Expr]:
    """ARR-weighted means: of values where they apply (a sum has them its own way), and of scores."""
    here = applies(use_case)
    if use_case.roll_up != "sum":
        for code, _ in _codes(use_case):
            yield ex.mean_by_arr(pl.col(frames.value(code)), here).alias(frames.value(code))
    rolled = ex.mean_by_arr(pl.col(frames.score(use_case.code)), here)
    yield rolled.alias(frames.score(use_case.code))
    reach = ex.mean_by_arr(pl.col(frames.reach(use_case.code)), pl.lit(value=True))
    yield reach.alias(frames.reach(use_case.code))


def _one_primary(scored: pl.DataFrame, use_case: UseCase) -> pl.DataFrame:
    """What the largest of the account's primary instances has."""
    here = applies(use_case)
    return scored.filter(pl.col("largest")).select(
        *frames.KEY,
        *(
            pl.when(here).then(pl.col(frames.value(code))).alias(frames.value(code))
            for code, _ in _codes(use_case)
        ),
        frames.score(use_case.code),
        frames.reach(use_case.code),
    )


def _summed(scored: pl.DataFrame, use_case: UseCase) -> pl.DataFrame:
    """Numerators and denominators added over the Production instances that know both."""
    result = scored.filter(pl.col("primary")).select(frames.KEY).unique()
    rows = scored.filter(pl.col("candidate") & applies(use_case))
    for code, measure in _codes(use_case):
        result = result.join(_summed_value(rows, code, measure), on=frames.KEY, how="left")
    return result


def _summed_value(rows: pl.DataFrame, code: str, measure: Measure) -> pl.DataFrame:
    known = pl.col(frames.numerator(code)).is_not_null()
    if measure.denominator is not None:
        known &= pl.col(frames.denominator(code)).is_not_null()
    # a subscription's seats are counted once: each of its instances brings an even share of them
    share = pl.col(SEATS) / pl.len().over("subscription_id", "period")
    sums = (
        rows.filter(known)
        .with_columns(share)
        .group_by(frames.KEY)
        .agg(
            top=ex.term(measure.numerator).sum(),
            bottom=(ex.term(measure.denominator) if measure.denominator else pl.lit(0.0)).sum(),
        )
    )
    value = ex.stored(ex.ratio(measure, pl.col("top"), pl.col("bottom")))
    return sums.select(*frames.KEY, value.alias(frames.value(code)))


OTHER_ROLL_UPS = {"primary": _one_primary, "sum": _summed}


def _score_component(months: pl.DataFrame, use_case: UseCase, edition: Edition) -> pl.DataFrame:
    """Points of the rolled-up values; the score from them, or the rolled-up score itself."""
    codes = _codes(use_case)
    months = months.with_columns(
        ex.band_points(edition, measure, pl.col(frames.value(code))).alias(frames.points(code))
        for code, measure in codes
    )
    score, reach = frames.score(use_case.code), frames.reach(use_case.code)
    if use_case.roll_up != "score":
        weighted = ex.weighted_mean([(pl.col(frames.points(c)), m.weight) for c, m in codes])
        months = months.with_columns(weighted.alias(score))
    return months.with_columns(pl.coalesce(score, reach).alias(reach))
