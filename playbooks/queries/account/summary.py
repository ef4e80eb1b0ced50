"""The first tab of an account: where it stands, why, and what fell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from accounts import formats
from playbooks.models import CallToAction
from playbooks.queries.account.adoption import Adoption, adoptions
from playbooks.queries.account.frame import Frame
from playbooks.queries.account.months import Cell, Months, months
from playbooks.queries.life_cycle import LifeCycle, LifeCycles
from usage import explain
from usage.lab.breaks import Break, across, of_component
from usage.models import ScoreCard, Transition
from usage.queries import cards, metric_breaks
from usage.queries.coverage import SeatUse, seats_in_use, total_use
from usage.scoring.edition import Edition, UseCase
from usage.services import editions

CALLS_SHOWN = 5
DROPS_SHOWN = 20


@dataclass(frozen=True)
class Why:
    """One month's score taken apart."""

    period: date
    card: ScoreCard | None
    edition: Edition | None
    root: explain.Node | None
    earlier: date | None  # the months with a card around it
    later: date | None
    costliest: str  # code of the component that takes most from the score: it stands open

    @property
    def share_codes(self) -> set[str]:
        """Components whose one value is shown as per cent."""
        shown = self.edition.use_cases if self.edition else ()
        return {each.code for each in shown if is_share(each)}


@dataclass(frozen=True)
class HeatRow:
    name: str
    cells: tuple[Cell, ...]
    code: str = ""
    is_use_case: bool = False

    @property
    def newest(self) -> Cell | None:
        """The newest month in which it is known how mature the use is."""
        return next((cell for cell in reversed(self.cells) if cell.level), None)


@dataclass(frozen=True)
class Drop:
    """A recorded fall of a component, in words."""

    transition: Transition
    name: str
    from_text: str
    to_text: str
    edition_name: str
    breaks: tuple[Break, ...] = ()  # it lies across them: it opened no call to action


@dataclass(frozen=True)
class Summary:
    frame: Frame
    periods: Sequence[date]
    heat: tuple[HeatRow, ...]
    why: Why | None
    use: SeatUse | None
    calls: list[CallToAction]  # the first open ones
    drops: list[Drop]
    life_cycle: LifeCycle
    adoption: list[Adoption]

    @property
    def maturity(self) -> list[HeatRow]:
        return [row for row in self.heat if row.is_use_case]

    @property
    def use_case_count(self) -> int:
        edition = self.frame.edition
        return sum(each.counts_as_use_case for each in edition.use_cases) if edition else 0

    @property
    def adopted(self) -> int | None:
        card = self.frame.standing.card
        return card.use_cases_adopted if card else None

    @property
    def adopted_before(self) -> int | None:
        """In the newest known month before, where that is another number."""
        before = self.frame.standing.previous
        if before is None or before.use_cases_adopted == self.adopted:
            return None
        return before.use_cases_adopted

    @property
    def has_platform_adoption(self) -> bool:
        edition, adopted = self.frame.edition, self.adopted
        return bool(edition and adopted and adopted >= edition.platform_adoption_from)


def summary(frame: Frame, *, period: date | None) -> Summary:
    """Read the first tab; `period`: the month to explain. Seven queries, and nine of the life cycle."""
    found = months(frame)
    why = _why(frame, found, period=period or _newest_known(found))
    heat = tuple(_heat(found))
    return Summary(
        frame=frame,
        periods=found.periods,
        heat=heat,
        why=why,
        use=_use(frame, why),
        calls=_calls(frame),
        drops=_drops(frame, since=found.periods[0]),
        life_cycle=LifeCycles(now=frame.now).of([frame.account.pk])[frame.account.pk],
        adoption=adoptions(frame, {row.code: row.newest for row in heat}),
    )


def is_share(use_case: UseCase) -> bool:
    single = use_case.single_measure
    return bool(single and single.is_share)


# --- Months -----------------------------------------------------------------------------------------


def _heat(found: Months) -> Iterator[HeatRow]:
    """The overall colour, then each component of the newest card's edition."""
    newest = max(found.cards, default=None)
    if newest is None:
        return
    loaded = {pk: editions.load(pk) for pk in sorted({c.edition_id for c in found.cards.values()})}
    shown = loaded[found.cards[newest].edition_id]
    overall = tuple(
        Cell(period, (card.color if card else "") or formats.NA, is_scored=card is not None)
        for period in found.periods
        for card in [found.cards.get(period)]
    )
    yield HeatRow(shown.overall.replace("_", " ").capitalize(), overall)
    for use_case in shown.use_cases:
        cells = (_cell(found, period, use_case.code, loaded) for period in found.periods)
        yield HeatRow(
            use_case.name, tuple(cells), use_case.code, is_use_case=use_case.counts_as_use_case
        )


def _cell(found: Months, period: date, code: str, loaded: Mapping[int, Edition]) -> Cell:
    card = found.cards.get(period)
    if card is None:
        return Cell(period, formats.NA, is_scored=False)
    edition = loaded[card.edition_id]
    codes = [use_case.code for use_case in edition.use_cases]
    if code not in codes:
        return Cell(period, formats.NA)
    position = codes.index(code)
    digit = card.component_levels[position : position + 1]
    level = edition.levels[int(digit)].name if digit.isdigit() else ""
    letter = card.component_colors[position : position + 1]
    return Cell(period, formats.color_word(letter), level)


def _newest_known(found: Months) -> date | None:
    """The newest month with a score, else the newest with a card."""
    known = [period for period, card in found.cards.items() if card.score is not None]
    return max(known or found.cards, default=None)


# --- Why --------------------------------------------------------------------------------------------


def _why(frame: Frame, found: Months, *, period: date | None) -> Why | None:
    """Explain a month. One query."""
    if period is None:
        return None
    wanted = cards.in_force(frame.ranges).defer(None).filter(account=frame.account, period=period)
    card = wanted.first()
    edition = editions.load(card.edition_id) if card else None
    root = explain.explain(card.evidence, edition) if card and edition else None
    with_card = sorted(found.cards)
    return Why(
        period=period,
        card=card,
        edition=edition,
        root=root,
        earlier=max((month for month in with_card if month < period), default=None),
        later=min((month for month in with_card if month > period), default=None),
        costliest=_costliest(root, edition) if root and edition else "",
    )


def _costliest(root: explain.Node, edition: Edition) -> str:
    """Code of the component, not Green, that takes most points from the overall score."""
    composites = {composite.code for composite in edition.composites}
    losses = {
        node.code: loss
        for node, loss in _losses(root, composites, share=1)
        if node.color != "Green"
    }
    return max(losses, key=lambda code: losses[code], default="")


def _losses(
    node: explain.Node, composites: Collection[str], *, share: float
) -> Iterator[tuple[explain.Node, float]]:
    """Each component below with the points that it takes from the overall score."""
    for child in node.children:
        weight = share * (child.weight_share or 0)
        if child.code in composites:
            yield from _losses(child, composites, share=weight)
        elif child.score is not None:
            yield child, weight * (100 - child.score)


def _use(frame: Frame, why: Why | None) -> SeatUse | None:
    """Seats in use by the current card; another month than the explained one costs a query."""
    current = frame.standing.card
    if current is None:
        return None
    card = why.card if why and why.card and why.card.pk == current.pk else None
    if card is None:
        card = ScoreCard.objects.get(pk=current.pk)
    return total_use(seats_in_use(card, editions.load(card.edition_id)).values())


# --- What there is to do, and what fell -------------------------------------------------------------


def _calls(frame: Frame) -> list[CallToAction]:
    awake = frame.account.ctas.awake_on(frame.organisation_day).select_related("owner")
    counted = awake.annotate(
        task_count=Count("tasks"), done_count=Count("tasks", filter=Q(tasks__done_at__isnull=False))
    )
    return list(counted.order_by("priority", "due_on", "pk")[: CALLS_SHOWN + 1])


def _drops(frame: Frame, *, since: date) -> list[Drop]:
    """Recorded drops of the months shown, newest first, each by the edition in force there."""
    found = frame.account.transitions.filter(
        cards.months_in_force(frame.ranges), period__gte=since
    ).order_by("-period", "component")[:DROPS_SHOWN]
    drops = list(found)
    loaded = {pk: editions.load(pk) for pk in {drop.edition_id for drop in drops}}
    known = metric_breaks.breaks(since, drops[0].period) if drops else ()
    return [_drop(drop, loaded[drop.edition_id], known) for drop in drops]


def _drop(transition: Transition, edition: Edition, known: Sequence[Break]) -> Drop:
    use_case = next((u for u in edition.use_cases if u.code == transition.component), None)
    if use_case is None:
        return Drop(transition, transition.component, "", "", edition.name)
    values = (transition.from_value, transition.to_value)
    before, after = ("" if value is None else _text(value, use_case) for value in values)
    crossed = across(
        of_component(use_case, known), from_period=transition.from_period, period=transition.period
    )
    return Drop(transition, use_case.name, before, after, edition.name, crossed)


def _text(value: float, use_case: UseCase) -> str:
    if use_case.single_measure is None:
        return formats.points(value)
    return formats.value_text(value, is_share=is_share(use_case))
