"""How far accounts have come: milestones with their days, and the stage, in a flat number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts import formats
from accounts.models import BoughtUseCase, MilestoneRule, Subscription, TimelineActivity
from accounts.models import Milestone as ByHand
from accounts.services import milestones as told
from playbooks.milestones import (
    Course,
    Goal,
    Milestone,
    Observation,
    Phase,
    Reached,
    adopted_on,
    first_at_least,
    milestone,
    phases,
    was_recorded,
)
from playbooks.models import CallToAction, CTAType
from usage.models import ScoreCard
from usage.periods import month_of
from usage.queries import cards
from usage.queries.coverage import seats_in_use, total_use
from usage.scoring.edition import Edition, UseCase
from usage.services import editions

Code = MilestoneRule.Code
Status = CallToAction.Status

ONBOARDING_PLAYBOOK = "new-customer-onboarding"
ONBOARDED_STATUSES = (Status.SUCCESS, Status.ALREADY_SOLVED, Status.NOT_NEEDED)
"""Closed as anything else, onboarding was given up: that is no milestone."""
NOTED = {Code.FIRST_ENGAGEMENT, Code.ONBOARDED}
"""What people write down; all else is measured."""
GREEN = "G"


@dataclass(frozen=True)
class LifeCycle:
    """An account's way since its first subscription began."""

    start: date | None
    milestones: tuple[Milestone, ...]  # in the order of the rules
    use_cases: tuple[Milestone, ...]  # Green, one for each use case of the edition in force
    phases: tuple[Phase, ...]
    bought: frozenset[str]
    by_hand: Mapping[str, ByHand]

    @property
    def phase(self) -> Phase:
        return next(phase for phase in self.phases if phase.is_current)

    @property
    def bought_names(self) -> list[str]:
        return [each.goal.name for each in self.use_cases if each.goal.code in self.bought]


@dataclass
class _Facts:
    """What the database tells of one account."""

    start: date | None = None
    ended_on: date | None = None
    engaged_on: date | None = None
    onboarded_on: date | None = None
    seats: list[Observation] = field(default_factory=list)
    greens: dict[str, list[Observation]] = field(default_factory=lambda: defaultdict(list))
    bought: set[str] = field(default_factory=set)
    by_hand: dict[str, ByHand] = field(default_factory=dict)


class LifeCycles:
    """Reads the life cycles of accounts; what all of them share is read once."""

    def __init__(self, *, now: datetime) -> None:
        """Read rules and editions. Three queries, and those of editions that this process does not know."""
        self.today = timezone.localdate(now)
        self.rules = told.rules()
        self._noted_since = _noted_since()
        self._ranges = cards.forces()
        self._editions = {f.edition_id: editions.load(f.edition_id) for f in self._ranges}

    @property
    def goals(self) -> list[Goal]:
        return [_goal(rule) for rule in self.rules]

    @property
    def use_cases(self) -> list[UseCase]:
        """Those of the edition that is in force now."""
        edition_id = cards.edition_for(month_of(self.today), self._ranges)
        return _use_cases(self._editions[edition_id]) if edition_id is not None else []

    def of(self, account_ids: Collection[int]) -> dict[int, LifeCycle]:
        """The life cycle of each account. Six queries, whatever their number."""
        facts: dict[int, _Facts] = {pk: _Facts() for pk in account_ids}
        _read_subscriptions(facts, today=self.today)
        _read_work(facts)
        _read_what_people_say(facts)
        self._read_cards(facts)
        return {pk: self._life_cycle(found) for pk, found in facts.items()}

    def _read_cards(self, facts: Mapping[int, _Facts]) -> None:
        """Seats in use and Green use cases of each month, oldest first, by the edition in force then."""
        found = (
            ScoreCard.objects.filter(cards.months_in_force(self._ranges))
            .filter(account_id__in=list(facts), newest_recorded_at__isnull=False)
            .only("account_id", "edition_id", "component_colors", "evidence", "newest_recorded_at")
            .order_by("account_id", "period")
        )
        for card in found.iterator():
            _observe(facts[card.account_id], card, self._editions[card.edition_id])

    def _life_cycle(self, facts: _Facts) -> LifeCycle:
        was_noted = was_recorded(facts.start, self._noted_since, today=self.today)
        reached = {rule.code: _reached(rule, facts, was_noted=was_noted) for rule in self.rules}
        greens = {
            each.code: first_at_least(
                facts.greens[each.code], 1, start=facts.start, how=gettext("Its first Green month")
            )
            for each in self.use_cases
        }
        return LifeCycle(
            start=facts.start,
            milestones=tuple(
                milestone(
                    _goal(rule),
                    reached[rule.code],
                    start=facts.start,
                    today=self.today,
                    is_recorded=was_noted if rule.code in NOTED else bool(facts.seats),
                )
                for rule in self.rules
            ),
            use_cases=tuple(
                milestone(
                    Goal(each.code, each.name),
                    greens[each.code],
                    start=facts.start,
                    today=self.today,
                    is_recorded=bool(facts.greens[each.code]),
                )
                for each in self.use_cases
            ),
            phases=phases(_course(facts, reached, greens)),
            bought=frozenset(facts.bought),
            by_hand=facts.by_hand,
        )


def _noted_since() -> date | None:
    """Since when the timeline is kept, of any account: its first entry. One query, by an index."""
    first = TimelineActivity.objects.order_by("happened_at", "pk").values_list(
        "happened_at", flat=True
    )
    moment = first.first()
    return moment.date() if moment else None


# --- What is read ---------------------------------------------------------------------------------


def _read_subscriptions(facts: Mapping[int, _Facts], *, today: date) -> None:
    """The first start, and the last end where all have ended."""
    found = (
        Subscription.objects.filter(account_id__in=list(facts))
        .order_by()
        .values_list("account_id")
        .annotate(
            start=Min("start_date"),
            end=Max("end_date"),
            going_on=Count("pk", filter=Q(end_date=None) | Q(end_date__gte=today)),
        )
    )
    for pk, start, end, going_on in found:
        facts[pk].start = start
        facts[pk].ended_on = None if going_on else end


def _read_work(facts: Mapping[int, _Facts]) -> None:
    """The first call or meeting, and the end of onboarding."""
    engaged = TimelineActivity.objects.engagements().filter(account_id__in=list(facts)).order_by()
    for pk, first in engaged.values_list("account_id").annotate(first=Min("happened_at")):
        facts[pk].engaged_on = first.date()
    onboarded = CallToAction.objects.filter(
        account_id__in=list(facts),
        type=CTAType.LIFECYCLE,
        status__in=ONBOARDED_STATUSES,
        playbook_version__playbook__code=ONBOARDING_PLAYBOOK,
    ).order_by()
    for pk, first in onboarded.values_list("account_id").annotate(first=Min("closed_at")):
        facts[pk].onboarded_on = first.date()


def _read_what_people_say(facts: Mapping[int, _Facts]) -> None:
    by_hand = ByHand.objects.kept().filter(account_id__in=list(facts))
    for said in by_hand.select_related("set_by"):
        facts[said.account_id].by_hand[said.code] = said
    for bought in BoughtUseCase.objects.filter(account_id__in=list(facts)):
        facts[bought.account_id].bought.add(bought.use_case)


def _observe(facts: _Facts, card: ScoreCard, edition: Edition) -> None:
    assert card.newest_recorded_at is not None  # noqa: S101 - for the type checker; the query has it
    on = card.newest_recorded_at.date()
    use = total_use(seats_in_use(card, edition).values())
    if use is not None and use.share is not None:
        facts.seats.append(Observation(on, use.share))
    letters = zip(edition.use_cases, card.component_colors, strict=False)
    for use_case, letter in letters:
        if formats.color_word(letter) != formats.NA:
            facts.greens[use_case.code].append(Observation(on, float(letter == GREEN)))


# --- What follows from it ---------------------------------------------------------------------------


def _goal(rule: MilestoneRule) -> Goal:
    by_seats = rule.code in {Code.HALF_OF_SEATS, Code.MOST_OF_SEATS} and rule.seat_share
    name = (
        gettext("%(share)s of seats") % {"share": formats.share(rule.seat_share)}
        if by_seats
        else rule.get_code_display()
    )
    return Goal(rule.code, name, rule.target_days)


def _use_cases(edition: Edition) -> list[UseCase]:
    return [each for each in edition.use_cases if each.counts_as_use_case]


def _reached(rule: MilestoneRule, facts: _Facts, *, was_noted: bool) -> Reached | None:
    """When an account reached a milestone: a person's word goes before what is found."""
    said = facts.by_hand.get(rule.code)
    if said is not None:
        return Reached(
            said.reached_on, said.source, by=str(said.set_by or ""), note=said.note, is_by_hand=True
        )
    if rule.code == Code.FIRST_ENGAGEMENT:
        return _first_engagement(facts, was_noted=was_noted)
    if rule.code == Code.ONBOARDED:
        return (
            Reached(facts.onboarded_on, gettext("Onboarding closed"))
            if facts.onboarded_on
            else None
        )
    if rule.seat_share is None:
        return None
    how = gettext("%(share)s of seats in use") % {"share": formats.share(rule.seat_share)}
    return first_at_least(facts.seats, rule.seat_share, start=facts.start, how=how)


def _first_engagement(facts: _Facts, *, was_noted: bool) -> Reached | None:
    if facts.engaged_on is None:
        return None
    return Reached(facts.engaged_on, gettext("First call or meeting"), is_bound=not was_noted)


def _course(
    facts: _Facts, reached: Mapping[str, Reached | None], greens: Mapping[str, Reached | None]
) -> Course:
    def on(code: str) -> date | None:
        found = reached.get(code)
        return found.on if found else None

    def said(code: str) -> date | None:
        return facts.by_hand[code].reached_on if code in facts.by_hand else None

    green_on = {code: found.on for code, found in greens.items() if found}
    return Course(
        start=facts.start,
        onboarded=on(Code.ONBOARDED),
        half_of_seats=on(Code.HALF_OF_SEATS),
        adopted=adopted_on(on(Code.MOST_OF_SEATS), green_on, facts.bought),
        will_churn=said(ByHand.Code.WILL_CHURN),
        churned=said(ByHand.Code.CHURNED) or facts.ended_on,
    )
