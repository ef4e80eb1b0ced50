"""Geometry of the charts: numbers in, coordinates and words out; a template writes the SVG.

Pure; imports nothing of Django. A month without a value is a gap: no line is drawn through what is not
known. Threshold zones are stepped, as they may change from month to month with an account's age.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from accounts.formats import color_name, month_text, plural
from accounts.words import gettext

NICE_TOPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
SMALLEST_TOP = 1e-9  # below it the power of ten itself comes to nothing
BOUND_HEADROOM = 1.15  # above the highest bound, so that the open-ended top zone is seen
VALUE_HEADROOM = 1.04  # so that the line does not run along the edge
LABEL_GAP = 13  # what two labels on the axis need between them


@dataclass(frozen=True)
class Zone:
    """A colour between two bounds; None: open on that side."""

    color: str
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Reading:
    """One month: a value (None: NA), its colour ("NA" if not known), and the zones of that month.

    `note`: what is out of the ordinary, in words; such a month gets a mark. `turn`: what judges from
    this month on, where that was another before. `rule`: why it does not compare with the months
    before, in words. A line stands at the beginning of a month with either.
    """

    period: date
    value: float | None
    color: str
    zones: tuple[Zone, ...] = ()
    note: str = ""
    turn: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Frame:
    """Size of a drawing and the room around its plot."""

    width: float
    height: float
    left: float = 0
    right: float = 0
    top: float = 0
    bottom: float = 0

    @property
    def plot_width(self) -> float:
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> float:
        return self.height - self.top - self.bottom

    @property
    def plot_bottom(self) -> float:
        return self.height - self.bottom

    @property
    def plot_right(self) -> float:
        return self.width - self.right

    @property
    def plot_center(self) -> float:
        return (self.left + self.plot_right) / 2

    @property
    def plot_middle(self) -> float:
        return (self.top + self.plot_bottom) / 2


FULL = Frame(width=440, height=190, left=44, right=62, top=8, bottom=24)
WIDE = Frame(width=780, height=170, left=44, right=62, top=8, bottom=24)
ROW = Frame(width=160, height=36, right=4, top=3, bottom=3)
SPARK = Frame(width=84, height=22, left=2, right=3, top=3, bottom=3)


@dataclass(frozen=True)
class Rect:
    color: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Label:
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    color: str
    title: str
    is_marked: bool = False


@dataclass(frozen=True)
class Rule:
    """A line from top to bottom before a month that does not compare with those before it.

    Where another edition begins it has a label, on the side where there is room.
    """

    x: float
    top: float
    bottom: float
    title: str
    label: Label | None = None
    anchor: str = ""


@dataclass(frozen=True)
class Chart:
    """All that a template needs; `label` tells the story to who does not see it."""

    frame: Frame
    label: str
    zones: tuple[Rect, ...]
    ticks: tuple[Label, ...]
    months: tuple[Label, ...]
    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    end: Label | None
    end_color: str
    rules: tuple[Rule, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.dots


@dataclass(frozen=True)
class Spark:
    """A small line without axis, zones or words on it; `dot` is on the newest month that is known."""

    frame: Frame
    label: str
    lines: tuple[str, ...]
    dot: tuple[float, float] | None


@dataclass(frozen=True)
class Wording:
    """How a chart speaks: its title, a value as text, and the bounds in words."""

    title: str
    text: Callable[[float], str]
    bounds: str = ""


@dataclass(frozen=True)
class Scale:
    """From months and values to coordinates: each month has a slot of equal width."""

    frame: Frame
    slots: int
    bottom: float
    top: float

    @property
    def step(self) -> float:
        return self.frame.plot_width / self.slots

    def left_of(self, slot: int) -> float:
        return rounded(self.frame.left + slot * self.step)

    def x(self, slot: int) -> float:
        return rounded(self.frame.left + (slot + 0.5) * self.step)

    def y(self, value: float) -> float:
        within = min(max(value, self.bottom), self.top)
        part = (within - self.bottom) / (self.top - self.bottom)
        height = self.frame.plot_bottom - self.frame.top
        return rounded(self.frame.plot_bottom - part * height)


def rounded(coordinate: float) -> float:
    return round(coordinate, 1)


def line_chart(
    readings: Sequence[Reading], *, wording: Wording, frame: Frame = FULL, top: float | None = None
) -> Chart:
    """A line over threshold zones, oldest month first; `top` fixes the axis (100 for scores)."""
    scale = scale_of(readings, frame=frame, top=top)
    last = last_known(readings)
    return Chart(
        frame=frame,
        label=story(readings, wording),
        zones=tuple(_zones(readings, scale)),
        ticks=_ticks(readings, scale, wording.text),
        months=tuple(
            Label(scale.x(slot), frame.height - 6, f"{reading.period:%b}"[0])
            for slot, reading in enumerate(readings)
        ),
        lines=tuple(_lines(readings, scale)),
        dots=tuple(_dots(readings, scale, wording.text)),
        end=_end(readings, scale, wording.text),
        end_color=readings[last].color if last is not None and last == len(readings) - 1 else "NA",
        rules=tuple(_rules(readings, scale)),
    )


def _rules(readings: Sequence[Reading], scale: Scale) -> Iterator[Rule]:
    top, bottom = scale.frame.top, scale.frame.plot_bottom
    for slot, reading in enumerate(readings):
        x, is_late = scale.left_of(slot), slot > scale.slots / 2
        if reading.turn:
            label = Label(rounded(x - 4 if is_late else x + 4), top + 10, reading.turn)
            title = f"{month_text(reading.period)}: {reading.turn}"
            yield Rule(x, top, bottom, title, label, "end" if is_late else "start")
        if reading.rule:
            yield Rule(x, top, bottom, f"{month_text(reading.period)}: {reading.rule}")


def scale_of(readings: Sequence[Reading], *, frame: Frame, top: float | None) -> Scale:
    """An axis from 0 (or the lowest value below) to a round number that all bounds fit under."""
    values = [reading.value for reading in readings if reading.value is not None]
    reached = [value * VALUE_HEADROOM for value in values]
    bounds = [bound * BOUND_HEADROOM for bound in finite_bounds(readings)]
    highest = top if top is not None else nice_top(max([*reached, *bounds], default=1))
    lowest = min([0.0, *values])
    return Scale(frame=frame, slots=max(len(readings), 1), bottom=lowest, top=highest)


def nice_top(highest: float) -> float:
    """The next round number: 52 is 60, 0.71 is 0.8; nothing above 0 is 1, the smallest a billionth."""
    if highest <= 0:
        return 1.0
    highest = max(highest, SMALLEST_TOP)
    power = 10.0 ** math.floor(math.log10(highest))
    return round(min(nice * power for nice in NICE_TOPS if nice * power >= highest), 12)


def finite_bounds(readings: Sequence[Reading]) -> list[float]:
    """Every bound once, the newest month's first."""
    bounds = [
        bound
        for reading in reversed(readings)
        for zone in reading.zones
        for bound in (zone.lower, zone.upper)
        if bound is not None
    ]
    return list(dict.fromkeys(bounds))


def last_known(readings: Sequence[Reading]) -> int | None:
    """Index of the newest month with a value."""
    known = [slot for slot, reading in enumerate(readings) if reading.value is not None]
    return known[-1] if known else None


def _zones(readings: Sequence[Reading], scale: Scale) -> Iterator[Rect]:
    """Rectangles of the zones; months in a row with the same zones share theirs."""
    for zones, run in groupby(enumerate(readings), key=lambda item: item[1].zones):
        slots = [slot for slot, _ in run]
        left, right = scale.left_of(slots[0]), scale.left_of(slots[-1] + 1)
        for zone in zones:
            upper = scale.y(scale.top if zone.upper is None else zone.upper)
            lower = scale.y(scale.bottom if zone.lower is None else zone.lower)
            if lower > upper:
                yield Rect(zone.color, left, upper, rounded(right - left), rounded(lower - upper))


def _ticks(
    readings: Sequence[Reading], scale: Scale, text: Callable[[float], str]
) -> tuple[Label, ...]:
    """Bounds first, then the ends of the axis where there is room."""
    ticks: list[Label] = []
    shown = [bound for bound in finite_bounds(readings) if scale.bottom <= bound <= scale.top]
    for value in [*shown, scale.top, scale.bottom]:
        y = scale.y(value)
        if all(abs(y - tick.y) >= LABEL_GAP for tick in ticks):
            ticks.append(Label(scale.frame.left - 6, y, text(value)))
    return tuple(sorted(ticks, key=lambda tick: tick.y))


def _lines(readings: Sequence[Reading], scale: Scale) -> Iterator[str]:
    """Points of a polyline for each run of known months; one month alone is only a dot."""
    for run in _runs(readings):
        if len(run) > 1:
            yield " ".join(f"{scale.x(slot)},{scale.y(value)}" for slot, value in run)


def _runs(readings: Sequence[Reading]) -> Iterator[list[tuple[int, float]]]:
    run: list[tuple[int, float]] = []
    for slot, reading in enumerate(readings):
        if reading.value is not None:
            run.append((slot, reading.value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _dots(readings: Sequence[Reading], scale: Scale, text: Callable[[float], str]) -> Iterator[Dot]:
    for slot, reading in enumerate(readings):
        if reading.value is not None:
            note = f", {reading.note}" if reading.note else ""
            title = f"{month_text(reading.period)}: {text(reading.value)} {color_name(reading.color)}{note}"
            x, y = scale.x(slot), scale.y(reading.value)
            yield Dot(x, y, reading.color, title, is_marked=bool(note))


def _end(readings: Sequence[Reading], scale: Scale, text: Callable[[float], str]) -> Label | None:
    """The newest month's value beside its dot; NA stands at half height."""
    last = last_known(readings)
    if last is None:
        return None
    x = rounded(scale.frame.plot_right + 6)
    newest = readings[-1]
    if newest.value is None:
        return Label(x, scale.frame.plot_middle, color_name("NA"))
    lowest = scale.frame.plot_bottom - LABEL_GAP  # the colour's word stands below the value
    y = min(max(scale.y(newest.value), scale.frame.top + LABEL_GAP), lowest)
    return Label(x, y, text(newest.value))


def story(readings: Sequence[Reading], wording: Wording) -> str:
    """What the chart shows, in words: from what to what, the gaps, the bounds."""
    known = [(reading, reading.value) for reading in readings if reading.value is not None]
    span = f"{wording.title}, {plural(len(readings), 'month')}: "
    if not known:
        return span + gettext("no data.")
    first, last = (
        gettext("%(value)s %(color)s in %(month)s")
        % {
            "value": wording.text(value),
            "color": color_name(reading.color),
            "month": month_text(reading.period),
        }
        for reading, value in (known[0], known[-1])
    )
    ends = gettext("from %(first)s to %(last)s") % {"first": first, "last": last}
    parts = [span + (first if len(known) == 1 else ends)]
    if missing := len(readings) - len(known):
        parts.append(gettext("NA in %(months)s") % {"months": plural(missing, "month")})
    parts += [
        gettext("%(note)s in %(month)s")
        % {"note": reading.note, "month": month_text(reading.period)}
        for reading in readings
        if reading.note
    ]
    parts += [
        gettext("%(what)s from %(month)s")
        % {"what": reading.turn, "month": month_text(reading.period)}
        for reading in readings
        if reading.turn
    ]
    parts += [
        f"{reading.rule} ({month_text(reading.period)})" for reading in readings if reading.rule
    ]
    if wording.bounds:
        parts.append(wording.bounds)
    return "; ".join(parts) + "."


def sparkline(readings: Sequence[Reading], *, wording: Wording, top: float = 100) -> Spark:
    """The shape of the last months, in a table's cell; of readings it takes value and colour alone."""
    bare = [Reading(reading.period, reading.value, reading.color) for reading in readings]
    scale = scale_of(bare, frame=SPARK, top=top)
    dot = None
    for run in _runs(bare):
        slot, value = run[-1]
        dot = (scale.x(slot), scale.y(value))
    return Spark(SPARK, story(bare, wording), tuple(_lines(bare, scale)), dot)
