"""A report as flat rows: what is stored, exported and drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from usage.lab.backtest import Report
from usage.lab.backtest.bootstrap import Estimate
from usage.lab.backtest.calibration import Bin
from usage.lab.backtest.figures import Figures
from usage.lab.backtest.judging import Alarm

Row = dict[str, Any]

COLUMNS = (
    "lead_months", "alarm", "segment", "outcomes", "unscored", "unscored_losses", "losses", "caught",
    "missed", "false_alarms", "quiet", "base_rate", "precision", "precision_low", "precision_high",
    "recall", "recall_low", "recall_high", "lift", "lift_low", "lift_high", "arr_caught", "arr_missed",
    "arr_share", "days_ahead", "ctas", "ctas_per_caught", "says_more_than_chance",
)  # fmt: skip


def figure_rows(report: Report, alarms: Sequence[Alarm]) -> Iterator[Row]:
    """The figures, by lead, alarm and segment; money as text, what is not known as None."""
    names = {alarm.key: alarm.name for alarm in alarms}
    for each in report.figures:
        yield {"key": each.alarm, **_figure(each, names[each.alarm])}


def _figure(each: Figures, name: str) -> Row:
    counted = each.tally
    return {
        "lead_months": each.lead,
        "alarm": name,
        "segment": each.segment,
        "outcomes": counted.scored + counted.unknown,
        "unscored": counted.unknown,
        "unscored_losses": counted.unknown_losses,
        "losses": counted.losses,
        "caught": counted.hits,
        "missed": counted.misses,
        "false_alarms": counted.false_alarms,
        "quiet": counted.quiet,
        "base_rate": counted.base_rate,
        **_estimate("precision", each.precision),
        **_estimate("recall", each.recall),
        **_estimate("lift", each.lift),
        "arr_caught": f"{counted.arr_caught:.2f}",
        "arr_missed": f"{counted.arr_missed:.2f}",
        "arr_share": counted.arr_share,
        "days_ahead": each.days_ahead,
        "ctas": counted.ctas,
        "ctas_per_caught": counted.ctas_per_hit,
        "says_more_than_chance": each.tells,
    }


def bin_rows(bins: Sequence[Bin]) -> list[Row]:
    return [
        {
            "lead_months": each.lead,
            "lower": each.lower,
            "upper": each.upper,
            "outcomes": each.count,
            "losses": each.losses,
            "mean_score": each.mean_score,
            **_estimate("rate", each.rate),
        }
        for each in bins
    ]


def _estimate(name: str, found: Estimate) -> Row:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
