"""Months of an account's components, from its cards: what heat table, charts and their tables show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.conf import settings
from django.utils.translation import gettext, gettext_noop

from accounts import formats
from usage import anomalies, charts
from usage.anomalies import Mark
from usage.bounds import measure_bounds, score_bounds
from usage.charts import Zone
from usage.lab.breaks import Break, of_component, of_measure
from usage.models import ScoreCard
from usage.periods import months_between
from usage.scoring.edition import Edition, Measure, Term, UseCase

SCORE_TOP = 100
MARK_WORDS = {
    Mark.RISE: gettext_noop("jumped up"),
    Mark.FALL: gettext_noop("fell sharply"),
    Mark.HIGH: gettext_noop("unusually high"),
    Mark.LOW: gettext_noop("unusually low"),
}


@dataclass(frozen=True)
class Month:
    """A component or measure in one month."""

    period: date
    value: float | None  # what the chart draws
    score: float | None
    color: str
    level: str = ""
    zones: tuple[Zone, ...] = ()
    change: float | None = None  # against the newest known month before
    is_scored: bool = True  # there is a card; what it says may still be NA
    marks: tuple[Mark, ...] = ()  # what is out of the ordinary
    turn: str = ""  # the edition that judges from this month on, where another one did before
    breaks: tuple[Break, ...] = ()  # of what it reads: it does not compare with the months before

    @property
    def breaks_text(self) -> str:
        return "; ".join(each.sentence for each in self.breaks)

    @property
    def marks_text(self) -> str:
        return ", ".join(gettext(MARK_WORDS[mark]) for mark in self.marks)

    @property
    def is_known(self) -> bool:
        return self.color != formats.NA


@dataclass(frozen=True)
class TableRow:
    """A month in words."""

    month: Month
    value: str
    change: str


@dataclass(frozen=True)
class Trend:
    """Months of a component or measure, oldest first; without gaps in the calendar."""

    code: str
    name: str
    measure: str  # what is drawn, where that is not the name
    bounds: str
    months: tuple[Month, ...]
    is_share: bool = False
    is_score: bool = False  # it draws the score, having no single value
    parts: tuple[Trend, ...] = ()

    @property
    def newest(self) -> Month:
        return self.months[-1]

    @property
    def newest_text(self) -> str:
        return self.text(self.newest.value)

    @property
    def rows(self) -> list[TableRow]:
        """The table behind the chart, newest first."""
        return [
            TableRow(month, self.text(month.value), self.change_text(month.change))
            for month in reversed(self.months)
        ]

    @property
    def title(self) -> str:
        return f"{self.name}: {self.measure}" if self.measure else self.name

    def text(self, value: float | None) -> str:
        if self.is_score:
            return formats.points(value)
        return formats.value_text(value, is_share=self.is_share)

    def change_text(self, change: float | None) -> str:
        """A change with its sign; of shares in points of a per cent."""
        if change is None:
            return ""
        if self.is_score:
            return formats.signed(change, 1)
        return formats.signed(change * 100, 1) if self.is_share else formats.signed_number(change)

    @cached_property
    def chart(self) -> charts.Chart:
        return self._drawn(charts.FULL)

    @cached_property
    def wide_chart(self) -> charts.Chart:
        return self._drawn(charts.WIDE)

    @cached_property
    def row_chart(self) -> charts.Chart:
        return self._drawn(charts.ROW)

    def _drawn(self, frame: charts.Frame) -> charts.Chart:
        readings = [
            charts.Reading(
                month.period,
                month.value,
                month.color,
                month.zones,
                note=month.marks_text,
                turn=month.turn,
                rule=month.breaks_text,
            )
            for month in self.months
        ]
        wording = charts.Wording(self.title, self.text, self.bounds)
        top = SCORE_TOP if self.is_score else None
        return charts.line_chart(readings, wording=wording, frame=frame, top=top)


@dataclass(frozen=True)
class Book:
    """One account's cards by month, the editions that made them, and the months to show.

    `breaks`: where the series of metrics break in these months.
    """

    cards: Mapping[date, ScoreCard]
    editions: Mapping[int, Edition]
    periods: Sequence[date]
    breaks: Sequence[Break] = ()

    def edition_of(self, period: date) -> Edition | None:
        card = self.cards.get(period)
        return self.editions[card.edition_id] if card else None

    @cached_property
    def turns(self) -> Mapping[date, str]:
        """Months whose edition is another than that of the card before, with its name in words."""
        found: dict[date, str] = {}
        before: ScoreCard | None = None
        for period in self.periods:
            card = self.cards.get(period)
            if card is not None and before is not None and card.edition_id != before.edition_id:
                name = self.editions[card.edition_id].name
                found[period] = gettext("Edition %(name)s") % {"name": name}
            before = card or before
        return found

    def marked(self, months: Iterable[Month]) -> tuple[Month, ...]:
        """The months with their changes, what is unusual, and where the edition changes."""
        turned = (replace(month, turn=self.turns.get(month.period, "")) for month in months)
        return _with_changes(turned)

    @property
    def edition(self) -> Edition | None:
        """The edition of the newest card: its components are the ones shown."""
        return next((e for e in map(self.edition_of, reversed(self.periods)) if e), None)


def trends(book: Book) -> tuple[Trend, ...]:
    """The overall score, then each component of the newest edition with its measures."""
    edition = book.edition
    if edition is None:
        return ()
    return (
        overall_trend(book, edition),
        *(_component(book, edition, u) for u in edition.use_cases),
    )


def overall_trend(book: Book, edition: Edition) -> Trend:
    months = []
    for period in book.periods:
        card = book.cards.get(period)
        score = card.score if card else None
        color = (card.color if card else "") or formats.NA
        zones = score_zones(book.edition_of(period) or edition)
        months.append(Month(period, score, score, color, zones=zones, is_scored=card is not None))
    return Trend(
        code=edition.overall,
        name=edition.overall.replace("_", " ").capitalize(),
        measure="score",
        bounds=score_bounds(edition),
        months=book.marked(months),
        is_score=True,
    )


def _component(book: Book, edition: Edition, shown: UseCase) -> Trend:
    single = shown.single_measure
    months = [_component_month(book, period, shown, fallback=edition) for period in book.periods]
    parts = tuple(_measure(book, edition, shown, measure) for measure in shown.measures)
    age = _age(book, book.periods[-1])
    return Trend(
        code=shown.code,
        name=shown.name,
        measure=single.name if single else "score",
        bounds=measure_bounds(single, age) if single else score_bounds(edition),
        months=_with_breaks(book.marked(months), of_component(shown, book.breaks)),
        is_share=bool(single and single.is_share),
        is_score=single is None,
        parts=() if single else parts,
    )


def _component_month(book: Book, period: date, shown: UseCase, *, fallback: Edition) -> Month:
    """A month of a component; its value only where its edition measured the same."""
    edition = book.edition_of(period)
    position = _position(edition, shown.code)
    if edition is None or position is None:
        zones = _zones(shown, fallback, _age(book, period))
        return Month(period, None, None, formats.NA, zones=zones, is_scored=edition is not None)
    value, score, letter, *_ = book.cards[period].evidence["components"][position]
    then = edition.use_cases[position]
    drawn = score if shown.single_measure is None else value
    return Month(
        period=period,
        value=drawn if _measures_same(then, shown) else None,
        score=score,
        color=formats.color_word(letter),
        level=_level(book.cards[period], edition, position),
        zones=_zones(then if _measures_same(then, shown) else shown, edition, _age(book, period)),
    )


def _measure(book: Book, edition: Edition, use_case: UseCase, shown: Measure) -> Trend:
    months = []
    for period in book.periods:
        value, color = _measured(book, period, use_case, shown)
        zones = band_zones(shown, _age(book, period))
        months.append(Month(period, value, None, color, zones=zones))
    return Trend(
        code=f"{use_case.code}.{shown.code}",
        name=shown.name,
        measure="",
        bounds=measure_bounds(shown, _age(book, book.periods[-1])),
        months=_with_breaks(book.marked(months), of_measure(shown, book.breaks)),
        is_share=shown.is_share,
    )


def _measured(
    book: Book, period: date, use_case: UseCase, shown: Measure
) -> tuple[float | None, str]:
    edition = book.edition_of(period)
    if edition is None:
        return None, formats.NA
    found = book.cards[period].evidence.get("measures", [])
    for (then, measure), (value, letter) in zip(edition.measures(), found, strict=False):
        if then.code == use_case.code and _terms(measure) == _terms(shown):
            return value, formats.color_word(letter)
    return None, formats.NA


def _position(edition: Edition | None, code: str) -> int | None:
    codes = [use_case.code for use_case in edition.use_cases] if edition else []
    return codes.index(code) if code in codes else None


def _measures_same(then: UseCase, shown: UseCase) -> bool:
    """Whether two editions' components say the same number: bounds may differ, terms may not."""
    return [*map(_terms, then.measures)] == [*map(_terms, shown.measures)]


def _terms(measure: Measure) -> tuple[Term, Term | None]:
    return measure.numerator, measure.denominator


def _level(card: ScoreCard, edition: Edition, position: int) -> str:
    digit = card.component_levels[position : position + 1]
    return edition.levels[int(digit)].name if digit.isdigit() else ""


def _age(book: Book, period: date) -> int:
    """Age of the account in months: a card says it, other months count from the nearest card."""
    known = [(month, card.evidence["age"]) for month, card in book.cards.items()]
    month, age = min(known, key=lambda item: abs(months_between(item[0], period)))
    return max(int(age) + months_between(month, period), 0)


def _zones(use_case: UseCase, edition: Edition, age: int) -> tuple[Zone, ...]:
    single = use_case.single_measure
    return band_zones(single, age) if single else score_zones(edition)


def band_zones(measure: Measure, age: int) -> tuple[Zone, ...]:
    return tuple(Zone(band.color, band.lower, band.upper) for band in measure.bands_at(age))


def score_zones(edition: Edition) -> tuple[Zone, ...]:
    return (
        Zone("Red", None, edition.red_up_to),
        Zone("Yellow", edition.red_up_to, edition.yellow_up_to),
        Zone("Green", edition.yellow_up_to, None),
    )


def _with_changes(months: Iterable[Month]) -> tuple[Month, ...]:
    changed = []
    before: float | None = None
    for month in months:
        if month.value is None:
            changed.append(month)
            continue
        change = None if before is None else month.value - before
        changed.append(replace(month, change=change))
        before = month.value
    return _with_marks(changed)


def _with_marks(months: Sequence[Month]) -> tuple[Month, ...]:
    rules = settings.ANOMALIES
    found = anomalies.marks([month.value for month in months], rules)
    return tuple(
        replace(month, marks=marks) if marks else month
        for month, marks in zip(months, found, strict=True)
    )


def _with_breaks(months: Sequence[Month], breaks: Sequence[Break]) -> tuple[Month, ...]:
    """Each month with the breaks that begin in it."""
    begun = {
        month.period: tuple(each for each in breaks if each.period == month.period)
        for month in months
    }
    return tuple(replace(month, breaks=begun[month.period]) for month in months)
