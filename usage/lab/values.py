"""The value of each measure for each account of one month, whatever bands judge it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from usage.scoring import Readings, frames
from usage.scoring.accounts import score_accounts
from usage.scoring.edition import Composite, Edition, Measure, UseCase
from usage.scoring.instances import counted_months, mark_primary, readings, score_instances


def unjudged(edition: Edition) -> Edition:
    """What of an edition decides values: terms, roll-ups and limits. Editions that differ in
    thresholds, weights or names alone are the same. A part that is not complete yet is left out."""
    use_cases = tuple(filter(_measures, map(_bare, edition.use_cases)))
    return Edition(
        name="",
        size_metric=edition.size_metric,
        points=(25.0, 63.0, 88.0),
        red_up_to=50.0,
        yellow_up_to=75.0,
        platform_adoption_from=1,
        stale_after_days=0,
        use_cases=use_cases,
        composites=(Composite("overall", tuple((each.code, 1.0) for each in use_cases)),),
        levels=(),
    )


def _measures(use_case: UseCase) -> bool:
    return bool(use_case.measures)


def _bare(use_case: UseCase) -> UseCase:
    measures = tuple(_bare_measure(each) for each in use_case.measures if each.numerator.keys)
    return replace(use_case, name="", counts_as_use_case=False, measures=measures)


def _bare_measure(measure: Measure) -> Measure:
    return replace(measure, name="", unit="", is_share=False, weight=1.0, bands=())


def only(edition: Edition, use_case: str, measure: str) -> Edition:
    """The edition with one measure alone."""
    part = edition.use_case(use_case)
    kept = tuple(each for each in part.measures if each.code == measure)
    return replace(edition, use_cases=(replace(part, measures=kept),))


def account_values(data: Readings, edition: Edition, period: date) -> pl.DataFrame:
    """One row per account that counts in the month: account_id, age, and a column per measure,
    named by its full code; null is NA."""
    rows = readings(data.subscriptions, data.instances, data.snapshots)
    instances = mark_primary(score_instances(rows, edition), edition)
    counted = counted_months(data.subscriptions, [period])
    months = score_accounts(instances, counted, edition).filter(pl.col("period") == period)
    codes = [frames.full_code(use_case.code, each.code) for use_case, each in edition.measures()]
    return months.select(
        "account_id", "age", *(pl.col(frames.value(code)).alias(code) for code in codes)
    )
