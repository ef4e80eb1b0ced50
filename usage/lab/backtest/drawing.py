"""Geometry of a backtest's charts: rows in, coordinates and words out; a template writes the SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.formats import plural, share
from accounts.words import gettext
from usage.charts import Frame, Label, Scale, nice_top, rounded
from usage.lab.backtest.rows import Row

BARS = Frame(width=520, height=220, left=44, right=8, top=14, bottom=40)
CURVE = Frame(width=380, height=210, left=44, right=8, top=14, bottom=40)
GAP = 0.16  # of a lead's slot, on each side of its bars
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Bar:
    """A figure with its interval; `place` is its alarm's among those that are drawn, from 0."""

    place: int
    x: float
    y: float
    width: float
    height: float
    center: float
    low: float
    high: float
    title: str


@dataclass(frozen=True)
class Mark:
    """A bin's rate with its interval, and how many outcomes it is of."""

    x: float
    y: float
    low: float
    high: float
    title: str
    count: Label


@dataclass(frozen=True)
class BarChart:
    frame: Frame
    label: str
    ticks: tuple[Label, ...]
    groups: tuple[Label, ...]
    bars: tuple[Bar, ...]
    numbers: tuple[Label, ...]
    """Under each bar the number of its alarm: colour is not the only sign."""


@dataclass(frozen=True)
class Curve:
    frame: Frame
    label: str
    ticks: tuple[Label, ...]
    edges: tuple[Label, ...]
    line: str
    marks: tuple[Mark, ...]
    base: float | None


def bar_chart(rows: Sequence[Row], figure: str, alarms: Mapping[str, str], title: str) -> BarChart:
    """Bars of a figure ("recall", "precision") by lead and alarm; what is not known has no bar.

    `alarms`: key and name of those to draw, in their order.
    """
    leads = sorted({row["lead_months"] for row in rows})
    scale = Scale(frame=BARS, slots=max(len(leads), 1), bottom=0, top=1)
    width = scale.step * (1 - 2 * GAP) / max(len(alarms), 1)
    bars, numbers = [], []
    for slot, lead in enumerate(leads):
        of_lead = {row["key"]: row for row in rows if row["lead_months"] == lead}
        for place, (key, name) in enumerate(alarms.items()):
            x = scale.left_of(slot) + GAP * scale.step + place * width
            numbers.append(Label(rounded(x + width / 2), BARS.plot_bottom + 14, f"{place + 1}"))
            row = of_lead.get(key)
            if row is not None and row[figure] is not None:
                bars.append(_bar(row, figure, name, Place(place, x, width, scale)))
    told = [bar.title for bar in bars]
    return BarChart(
        frame=BARS,
        label=f"{title}: " + ("; ".join(told) if told else gettext("not known")) + ".",
        ticks=_ticks(scale),
        groups=tuple(
            Label(scale.x(slot), BARS.height - 8, f"{plural(lead, 'month')} before")
            for slot, lead in enumerate(leads)
        ),
        bars=tuple(bars),
        numbers=tuple(numbers),
    )


@dataclass(frozen=True)
class Place:
    """Where a bar stands: which of its lead's bars, its left edge and room."""

    number: int
    x: float
    width: float
    scale: Scale


def _bar(row: Row, figure: str, name: str, at: Place) -> Bar:
    value, low, high = (row[column] for column in (figure, f"{figure}_low", f"{figure}_high"))
    y = at.scale.y(value)
    text = f"{name} {plural(row['lead_months'], 'month')} before {share(value, 0)}"
    return Bar(
        place=at.number,
        x=rounded(at.x + at.width * 0.07),
        y=y,
        width=rounded(at.width * 0.86),
        height=rounded(at.scale.frame.plot_bottom - y),
        center=rounded(at.x + at.width / 2),
        low=at.scale.y(low),
        high=at.scale.y(high),
        title=f"{text} ({share(low, 0)} to {share(high, 0)})",
    )


def curve(bins: Sequence[Row], *, base: float | None, title: str) -> Curve:
    """The rate of losses by score, lowest score first, with the rate among all as a line across.

    The axis reaches the next round share above the highest interval.
    """
    tops = [each["rate_high"] for each in bins]
    scale = Scale(frame=CURVE, slots=10, bottom=0, top=min(1.0, nice_top(max(tops, default=1))))
    marks = tuple(_mark(each, scale) for each in bins)
    told = "; ".join(mark.title for mark in marks) or "no outcome had a score"
    return Curve(
        frame=CURVE,
        label=f"{title}: {told}.",
        ticks=_ticks(scale),
        edges=tuple(
            Label(scale.left_of(slot), CURVE.plot_bottom + 30, f"{slot * 10}")
            for slot in range(0, 11, 2)
        ),
        line=" ".join(f"{mark.x},{mark.y}" for mark in marks),
        marks=marks,
        base=None if base is None else scale.y(base),
    )


def _mark(each: Row, scale: Scale) -> Mark:
    x = rounded(scale.frame.left + each["mean_score"] / 100 * scale.frame.plot_width)
    outcomes = plural(each["outcomes"], "outcome")
    return Mark(
        x=x,
        y=scale.y(each["rate"]),
        low=scale.y(each["rate_low"]),
        high=scale.y(each["rate_high"]),
        title=f"score {each['lower']} to {each['upper']}: {share(each['rate'], 0)} of {outcomes}",
        count=Label(x, scale.frame.plot_bottom + 14, f"{each['outcomes']}"),
    )


def _ticks(scale: Scale) -> tuple[Label, ...]:
    return tuple(
        Label(scale.frame.left - 6, scale.y(part * scale.top), share(part * scale.top, 0))
        for part in SHARES
    )
