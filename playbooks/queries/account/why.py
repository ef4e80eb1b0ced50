"""One number of an account taken apart, and what changed between two of its months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from playbooks.queries.account.frame import Frame
from playbooks.queries.account.months import Months, months
from usage.lab import moves
from usage.lab.attribution import Attribution, Part
from usage.lab.plain_text import headline
from usage.models import ScoreCard
from usage.nodes import Node
from usage.queries import cards
from usage.scoring.contributions import apportion, rounded
from usage.scoring.edition import Edition
from usage.services import editions, explanations


@dataclass(frozen=True)
class Choice:
    """A part of the score that can be asked for."""

    code: str
    name: str


@dataclass(frozen=True)
class WhyPage:
    """`trail`: the node that was asked for, with what it is below, from the whole down."""

    period: date
    card: ScoreCard
    edition: Edition
    trail: tuple[Node, ...]
    measure: str  # the measure that was asked for, else empty
    earlier: date | None
    later: date | None

    @property
    def node(self) -> Node:
        return self.trail[-1]

    @property
    def is_composite(self) -> bool:
        return self.node.code in {composite.code for composite in self.edition.composites}

    @property
    def choices(self) -> tuple[Choice, ...]:
        return parts_of(self.edition)


@dataclass(frozen=True)
class ChangeLine:
    """A part of the movement, in hundredths that sum to the whole."""

    part: Part
    points: Decimal


@dataclass(frozen=True)
class ChangePage:
    former: date
    later: date
    edition: Edition
    other_edition: Edition
    found: Attribution
    lines: tuple[ChangeLine, ...]
    months: Sequence[date]  # that have a card, newest first

    @property
    def choices(self) -> tuple[Choice, ...]:
        return parts_of(self.edition)

    @property
    def headline(self) -> str:
        return headline(self.found)

    @property
    def ends(self) -> tuple[Decimal | None, Decimal | None]:
        """Both scores in hundredths, as the lines are."""
        scores = (self.found.former, self.found.later)
        before, after = (None if score is None else rounded(score) for score in scores)
        return before, after

    @property
    def difference(self) -> Decimal | None:
        return _difference(self.found)


def parts_of(edition: Edition) -> tuple[Choice, ...]:
    """The whole first, then other composites, groups and components."""
    groups = edition.scorecard.codes if edition.scorecard else ()
    composites = [composite.code for composite in reversed(edition.composites)]
    codes = [*composites, *groups, *(use_case.code for use_case in edition.use_cases)]
    return tuple(Choice(code, moves.name_of(edition, code)) for code in codes)


def why_page(frame: Frame, *, period: date | None, of: str) -> WhyPage | None:
    """Explain a number of a month, the newest known one by default; None where it has no card.

    An unknown part is the whole. Six queries at most.
    """
    found = months(frame)
    chosen = period or newest_known(found)
    if chosen is None:
        return None
    wanted = cards.in_force(frame.ranges).defer(None).filter(account=frame.account, period=chosen)
    card = wanted.first()
    if card is None:
        return None
    root = explanations.explained(card)
    code, _, measure = of.partition(".")
    return WhyPage(
        period=chosen,
        card=card,
        edition=editions.load(card.edition_id),
        trail=trail_to(root, code) or (root,),
        measure=measure,
        earlier=max((month for month in found.cards if month < chosen), default=None),
        later=min((month for month in found.cards if month > chosen), default=None),
    )


def trail_to(node: Node, code: str) -> tuple[Node, ...]:
    """The nodes from a root down to the first of that code; empty where there is none."""
    if node.code == code:
        return (node,)
    for child in node.children:
        if below := trail_to(child, code):
            return (node, *below)
    return ()


def newest_known(found: Months) -> date | None:
    """The newest month with a score, else the newest with a card."""
    known = [period for period, card in found.cards.items() if card.score is not None]
    return max(known or found.cards, default=None)


def change_page(
    frame: Frame, *, former: date | None, later: date | None, of: str
) -> ChangePage | None:
    """Two months side by side: by default the newest known one and the known one before it.

    None where there are no two; raise MonthNotScored, ScorePartUnknown.
    """
    found = months(frame)
    last = later or newest_known(found)
    if last is None:
        return None
    first = former or _known_before(found, last)
    if first is None:
        return None
    change = explanations.score_change(
        account_id=frame.account.pk, former=first, later=last, of=of, now=frame.now
    )
    return ChangePage(
        former=first,
        later=last,
        edition=editions.load(change.later.edition_id),
        other_edition=editions.load(change.former.edition_id),
        found=change.attribution,
        lines=_lines(change.attribution),
        months=sorted(found.cards, reverse=True),
    )


def _known_before(found: Months, last: date) -> date | None:
    before = [period for period in found.cards if period < last]
    known = [period for period in before if found.cards[period].score is not None]
    return max(known or before, default=None)


def _difference(found: Attribution) -> Decimal | None:
    """Of the scores as they are shown."""
    if found.former is None or found.later is None:
        return None
    return rounded(found.later) - rounded(found.former)


def _lines(found: Attribution) -> tuple[ChangeLine, ...]:
    difference = _difference(found)
    if difference is None:
        return ()
    points = apportion(difference, [float(part.points) for part in found.parts])
    shown = zip(found.parts, points, strict=True)
    return tuple(ChangeLine(part, each) for part, each in shown if each is not None)
