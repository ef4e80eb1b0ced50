"""Scores of each instance and month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from usage.scoring import expressions as ex
from usage.scoring import frames
from usage.scoring.edition import Edition, UseCase


def readings(
    subscriptions: pl.DataFrame, instances: pl.DataFrame, snapshots: pl.DataFrame
) -> pl.DataFrame:
    """One row per instance and month, with what its subscription and account say of it.

    `age`: calendar months from customer_since; `counted`: the subscription runs in the month;
    `candidate`: may be its subscription's primary instance.
    """
    joined = snapshots.join(instances, on="instance_id").join(subscriptions, on="subscription_id")
    return joined.with_columns(_age(), _counted()).with_columns(
        candidate=pl.col("counted") & (pl.col("kind") == frames.PRODUCTION) & ~pl.col("opted_out")
    )


def _age() -> pl.Expr:
    period, since = pl.col("period"), pl.col("customer_since")
    years = (period.dt.year() - since.dt.year()).cast(pl.Int32)
    months = period.dt.month().cast(pl.Int32) - since.dt.month().cast(pl.Int32)
    return (years * 12 + months).alias("age")


def _counted() -> pl.Expr:
    started = pl.col("start_date").dt.truncate("1mo") <= pl.col("period")
    return (
        started & (pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("period")))
    ).alias("counted")


def counted_months(subscriptions: pl.DataFrame, periods: Sequence[date]) -> pl.DataFrame:
    """One row per subscription and month in which it counts."""
    months = pl.DataFrame({"period": periods}, schema={"period": pl.Date})
    counted = subscriptions.join(months, how="cross").with_columns(_age()).filter(_counted())
    return counted.sort(*frames.KEY, "subscription_id")  # a sum of ARR has one order


def score_instances(rows: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """Readings with terms, value and points of each measure, scores of components and composites.

    A component's score is the weighted mean of its available measures' points; a composite's that of
    its available children.
    """
    terms, values, points, scores = [], [], [], []
    for use_case, measure in edition.measures():
        code = frames.full_code(use_case.code, measure.code)
        bottom = measure.denominator
        terms.append(ex.term(measure.numerator).alias(frames.numerator(code)))
        terms.append(
            (ex.term(bottom) if bottom else pl.lit(None, dtype=pl.Float64)).alias(
                frames.denominator(code)
            )
        )
        value = ex.ratio(measure, pl.col(frames.numerator(code)), pl.col(frames.denominator(code)))
        values.append(ex.stored(value).alias(frames.value(code)))
        worth = ex.band_points(edition, measure, pl.col(frames.value(code)))
        deployed = pl.when(_deployed(use_case)).then(worth)
        points.append(deployed.alias(f"unlimited:{code}"))
        points.append(pl.when(_bought(use_case)).then(deployed).alias(frames.points(code)))
    for use_case in edition.use_cases:
        scores.append(_component(use_case, "unlimited:").alias(frames.reach(use_case.code)))
        scores.append(_component(use_case, "points:").alias(frames.score(use_case.code)))
    scored = rows.with_columns(terms).with_columns(values).with_columns(points)
    return add_composites(scored.with_columns(scores), edition)


def _bought(use_case: UseCase) -> pl.Expr:
    return pl.col("plan").is_in(use_case.plans) if use_case.plans else pl.lit(value=True)


def _deployed(use_case: UseCase) -> pl.Expr:
    if not use_case.deployments:
        return pl.lit(value=True)
    return pl.col("deployment").is_in(use_case.deployments)


def applies(use_case: UseCase) -> pl.Expr:
    """Whether a component can be known for an instance: by its plan and deployment."""
    return _bought(use_case) & _deployed(use_case)


def _component(use_case: UseCase, prefix: str) -> pl.Expr:
    return ex.weighted_mean(
        [
            (pl.col(prefix + frames.full_code(use_case.code, measure.code)), measure.weight)
            for measure in use_case.measures
        ]
    )


def add_composites(scored: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """Adds each composite's score, children first, and the number of use cases adopted.

    Of a scorecard's groups an instance knows nothing.
    """
    for composite in edition.composites:
        parts = [(_part(scored, child), weight) for child, weight in composite.weights]
        scored = scored.with_columns(ex.weighted_mean(parts).alias(frames.score(composite.code)))
    colors = [
        ex.color(edition, pl.col(frames.score(use_case.code)))
        for use_case in edition.use_cases
        if use_case.counts_as_use_case
    ]
    if not colors:
        return scored.with_columns(use_cases_adopted=pl.lit(None, dtype=pl.Int32))
    adopted = pl.sum_horizontal([(color == "Green").cast(pl.Int32) for color in colors])
    some_known = pl.any_horizontal([color.is_not_null() for color in colors])
    return scored.with_columns(use_cases_adopted=pl.when(some_known).then(adopted))


def _part(scored: pl.DataFrame, child: str) -> pl.Expr:
    """The score of a composite's part; NA for a scorecard's group where there are none."""
    column = frames.score(child)
    return pl.col(column) if column in scored.columns else pl.lit(None, dtype=pl.Float64)


def by_size(edition: Edition) -> list[pl.Expr]:
    """Sort keys: most billable users first, then the newest payload, then the lower id."""
    return [
        ex.known(edition.size_metric).fill_null(-1.0) * -1,
        pl.col("recorded_at").dt.epoch("us") * -1,
        pl.col("instance_id"),
    ]


def mark_primary(scored: pl.DataFrame, edition: Edition) -> pl.DataFrame:
    """Adds `primary`: of a subscription's candidates in a month the largest one; and `largest`: of an
    account's primary ones."""
    by_subscription = scored.sort(
        *frames.KEY, "subscription_id", ~pl.col("candidate"), *by_size(edition)
    )
    first = pl.struct("subscription_id", "period").is_first_distinct()
    marked = by_subscription.with_columns(primary=first & pl.col("candidate"))
    by_account = marked.sort(*frames.KEY, ~pl.col("primary"), *by_size(edition))
    leader = pl.struct(frames.KEY).is_first_distinct()
    return by_account.with_columns(largest=leader & pl.col("primary"))
