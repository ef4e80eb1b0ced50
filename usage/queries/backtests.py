"""What the page of a backtest shows of one that was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from usage.lab.backtest.drawing import BarChart, Curve, bar_chart, curve
from usage.lab.backtest.rows import COLUMNS, Row
from usage.models import Backtest, Edition

MOST_DRAWN = 5


@dataclass(frozen=True)
class Calibration:
    lead: int
    chart: Curve
    bins: list[Row]


@dataclass(frozen=True)
class Sheet:
    """One backtest, ready to be shown; empty figures while it runs."""

    backtest: Backtest
    alarms: dict[str, str]
    recall: BarChart | None
    precision: BarChart | None
    calibration: list[Calibration]

    @property
    def figures(self) -> list[Row]:
        return [row for row in self._rows if not row["segment"]]

    @property
    def segments(self) -> list[Row]:
        return [row for row in self._rows if row["segment"]]

    @property
    def _rows(self) -> list[Row]:
        rows: list[Row] = self.backtest.result.get("figures", [])
        return rows


def newest(edition: Edition) -> Backtest | None:
    asked = edition.backtests.select_related("job", "asked_by", "edition")
    return asked.first()


def sheet(backtest: Backtest) -> Sheet:
    result: dict[str, Any] = backtest.result
    rows = [row for row in result.get("figures", []) if not row["segment"]]
    if not rows:
        return Sheet(backtest, {}, None, None, [])
    alarms = _drawn(rows)
    lost = result["lost"]
    return Sheet(
        backtest,
        alarms,
        bar_chart(rows, "recall", alarms, f"Share of the {lost} that was warned"),
        bar_chart(rows, "precision", alarms, f"Share of the warned that {lost}"),
        list(_calibrations(rows, result["calibration"], lost)),
    )


def _drawn(rows: list[Row]) -> dict[str, str]:
    """The overall colour, and what it is held against: the first component and the former edition."""
    names = {row["key"]: row["alarm"] for row in rows}
    component = next((key for key in names if key.endswith(":red")), "")
    wanted = ("red", "red_yellow", component, "former:red", "former:red_yellow")
    return {key: names[key] for key in wanted[:MOST_DRAWN] if key in names}


def _calibrations(rows: list[Row], bins: list[Row], lost: str) -> Iterator[Calibration]:
    rates = {row["lead_months"]: row["base_rate"] for row in rows}
    for lead in sorted(rates):
        of_lead = [each for each in bins if each["lead_months"] == lead]
        title = f"Share that {lost} by the score {lead} months before"
        yield Calibration(lead, curve(of_lead, base=rates[lead], title=title), of_lead)


def table(backtest: Backtest) -> Iterator[list[object]]:
    """All figures as a table for a spreadsheet, its names first."""
    yield list(COLUMNS)
    for row in backtest.result.get("figures", []):
        yield [row[name] for name in COLUMNS]
