"""What would bring an account's use cases further: how much more usage, and by which playbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from playbooks.models import PlaybookVersion, Step, Trigger
from playbooks.queries.account.frame import Frame
from playbooks.services.catalogue import current_versions
from usage.lab.roadmap import Lane, roadmap
from usage.models import ScoreCard
from usage.queries import cards
from usage.scoring.edition import Edition
from usage.services import editions, explanations

KINDS = ("enablement", "expansion")


@dataclass(frozen=True)
class Content:
    """A playbook for a use case: its steps, with what they link to."""

    version: PlaybookVersion
    steps: Sequence[Step]

    @property
    def code(self) -> str:
        return self.version.playbook.code

    @property
    def links(self) -> list[dict[str, str]]:
        return [link for step in self.steps for link in step.links]


@dataclass(frozen=True)
class Row:
    lane: Lane
    contents: tuple[Content, ...]

    @property
    def summary(self) -> str:
        """Why a call to action would be opened, in a sentence."""
        way = self.lane.nearest
        if way is None:
            return self.lane.reason
        return f"{way.name}: {way.text} ({way.bounds})"


@dataclass(frozen=True)
class Roadmap:
    """Of the newest card that counts; without one the use cases of no month can be told."""

    card: ScoreCard | None
    edition: Edition | None
    rows: tuple[Row, ...]

    @property
    def period(self) -> date | None:
        return self.card.period if self.card else None


def account_roadmap(frame: Frame) -> Roadmap:
    """Seven queries at most, however many use cases there are."""
    card = _card(frame)
    if card is None:
        return Roadmap(None, frame.edition, ())
    edition = editions.load(card.edition_id)
    lanes = roadmap(card.evidence, edition, explanations.facts_of(card, edition))
    contents = _contents([lane.code for lane in lanes])
    rows = tuple(Row(lane, tuple(contents.get(lane.code, ()))) for lane in lanes)
    return Roadmap(card, edition, rows)


def _card(frame: Frame) -> ScoreCard | None:
    """The current card; else the newest of its months, which says what is missing."""
    current = frame.standing.card
    found = cards.in_force(frame.ranges).defer(None).filter(account=frame.account)
    if current is not None:
        return found.filter(pk=current.pk).first()
    return found.order_by("-period").first()


def _contents(codes: Sequence[str]) -> dict[str, list[Content]]:
    """By use case the playbooks named after it, then those that triggers open for it."""
    named = {code: [f"{code.replace('_', '-')}-{kind}" for kind in KINDS] for code in codes}
    for trigger in Trigger.objects.filter(kind=Trigger.Kind.NEW_USE_CASE, enabled=True):
        for code in codes:
            named[code].append(trigger.playbooks.get(code, ""))
    versions = current_versions()
    return {
        code: [
            Content(versions[name], list(versions[name].steps.all()))
            for name in dict.fromkeys(names)
            if name in versions
        ]
        for code, names in named.items()
    }
