"""A measure's bands as bars over the histogram of its values: numbers in, coordinates out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounts import formats
from usage.charts import Frame, Label, Rect, rounded
from usage.lab.histograms import Histogram, Tally
from usage.scoring.edition import COLORS, Band

FRAME = Frame(width=300, height=110, left=8, right=8, top=26, bottom=20)
BAR_TOP = 4
BAR_HEIGHT = 16
LABEL_ROOM = 44
"""Width that a label on the axis needs."""
LETTER_ROOM = 12


@dataclass(frozen=True)
class Zone:
    """One colour's bar; the letter stands in it where there is room."""

    bar: Rect
    letter: Label | None


@dataclass(frozen=True)
class Column:
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class BandChart:
    """All that a template needs; `label` tells it to who does not see it."""

    frame: Frame
    label: str
    zones: tuple[Zone, ...]
    columns: tuple[Column, ...]
    bounds: tuple[float, ...]
    quartiles: tuple[Label, ...]
    ticks: tuple[Label, ...]
    is_empty: bool
    bar_top: float = BAR_TOP


@dataclass(frozen=True)
class Drawn:
    """What is drawn: values, the bands over them and how many values each colour has."""

    title: str
    shape: Histogram
    bands: Sequence[Band]
    counts: Tally
    is_share: bool


@dataclass(frozen=True)
class _Axis:
    bottom: float
    top: float

    def x(self, value: float) -> float:
        part = (min(max(value, self.bottom), self.top) - self.bottom) / (self.top - self.bottom)
        return rounded(FRAME.left + part * FRAME.plot_width)

    def holds(self, value: float) -> bool:
        return self.bottom <= value <= self.top


def band_chart(drawn: Drawn) -> BandChart:
    shape = drawn.shape
    axis = _Axis(shape.bottom, shape.top)
    bounds = bounds_of(drawn.bands)
    marked = zip(("Q1", "median", "Q3"), shape.quartiles or (), strict=False)
    return BandChart(
        frame=FRAME,
        label=_story(drawn),
        zones=tuple(_zone(band, axis) for band in drawn.bands),
        columns=_columns(drawn, axis),
        bounds=tuple(axis.x(bound) for bound in bounds if axis.holds(bound)),
        quartiles=tuple(
            Label(axis.x(value), FRAME.plot_bottom, f"{name}: {_text(value, drawn)}")
            for name, value in marked
        ),
        ticks=_ticks(drawn, axis, bounds),
        is_empty=not shape.known,
    )


def bounds_of(bands: Sequence[Band]) -> list[float]:
    """Every bound once, ascending."""
    sides = {side for band in bands for side in (band.lower, band.upper) if side is not None}
    return sorted(sides)


def _zone(band: Band, axis: _Axis) -> Zone:
    left = axis.x(axis.bottom if band.lower is None else band.lower)
    right = axis.x(axis.top if band.upper is None else band.upper)
    width = rounded(max(right - left, 0))
    bar = Rect(band.color, left, BAR_TOP, width, BAR_HEIGHT)
    middle = Label(rounded(left + width / 2), BAR_TOP + 12, band.color[0])
    return Zone(bar, middle if width >= LETTER_ROOM else None)


def _columns(drawn: Drawn, axis: _Axis) -> tuple[Column, ...]:
    tallest = max((each.count for each in drawn.shape.bins), default=0)
    if not tallest:
        return ()
    room = FRAME.plot_bottom - FRAME.top
    columns = []
    for each in drawn.shape.bins:
        if each.count:
            left, right = axis.x(each.lower), axis.x(each.upper)
            height = rounded(max(each.count / tallest * room, 1))
            last = each is drawn.shape.bins[-1] and drawn.shape.above
            until = "and above" if last else f"to {_text(each.upper, drawn)}"
            title = f"{_text(each.lower, drawn)} {until}: {formats.plural(each.count, 'account')}"
            top = rounded(FRAME.plot_bottom - height)
            columns.append(Column(left, top, rounded(max(right - left - 1, 1)), height, title))
    return tuple(columns)


def _ticks(drawn: Drawn, axis: _Axis, bounds: Sequence[float]) -> tuple[Label, ...]:
    """Bounds first, then the ends of the axis where there is room."""
    ticks: list[Label] = []
    for value in [*filter(axis.holds, bounds), axis.top, axis.bottom]:
        x = axis.x(value)
        x = min(max(x, FRAME.left + LABEL_ROOM / 2), FRAME.plot_right - LABEL_ROOM / 2)
        if all(abs(x - tick.x) >= LABEL_ROOM for tick in ticks):
            ticks.append(Label(x, FRAME.height - 4, _text(value, drawn)))
    return tuple(sorted(ticks, key=lambda tick: tick.x))


def _text(value: float, drawn: Drawn) -> str:
    return formats.value_text(value, is_share=drawn.is_share)


def _story(drawn: Drawn) -> str:
    """The chart in words: how many accounts, their quartiles, the colours."""
    shape, counts = drawn.shape, drawn.counts
    if not shape.known:
        return f"{drawn.title}: no account has a value."
    quartiles = ", ".join(_text(value, drawn) for value in shape.quartiles or ())
    colors = ", ".join(f"{color} {counts.colors[color]:,}" for color in COLORS)
    known = formats.plural(shape.known, "account")
    return (
        f"{drawn.title}: {known} with a value; quartiles {quartiles}; {colors} of {counts.total:,}."
    )
