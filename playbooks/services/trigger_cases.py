"""Which signals an enabled trigger sees, and which of them open a call to action: nothing is written.

The same for what was found and stored and for what a draft edition would find.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db.models import Max, QuerySet

from accounts.models import Account, User
from playbooks import rules, words
from playbooks.business_days import due_on, local_day
from playbooks.models import CallToAction, CTAEvent, Trigger
from playbooks.models.playbooks import DayKind
from playbooks.rules import Plan, Signal
from playbooks.services import evidence
from playbooks.services.batches import batches
from playbooks.services.beginnings import Begun
from playbooks.services.evidence import Finding
from usage.lab import breaks
from usage.models import ScoreCard, Transition
from usage.periods import format_period
from usage.queries import metric_breaks
from usage.scoring import Edition


@dataclass(frozen=True)
class Scope(ABC):
    """What one evaluation looks at: a month, the edition that judges it, some accounts or all."""

    period: date
    edition: Edition
    account_ids: Collection[int] | None

    def accounts(self) -> QuerySet[Account]:
        """Triggers work for accounts that have a CSM."""
        accounts = Account.objects.exclude(csm=None)
        if self.account_ids is not None:
            accounts = accounts.filter(pk__among=self.account_ids)
        return accounts

    @abstractmethod
    def drops(self, components: Collection[str]) -> Iterable[Transition]:
        """The month's drops of these components, each with its account, in the order of accounts."""

    @abstractmethod
    def begun(self) -> Begun:
        """Account -> positions of components that are above minimum and never were before, and why."""


@dataclass(frozen=True)
class Case:
    """A signal with its account; the finding is made when it is needed."""

    signal: Signal
    account_id: int
    to_color: str | None
    title: str
    find: Callable[[ScoreCard], Finding]


def judged(trigger: Trigger, scope: Scope) -> tuple[dict[str, Case], Plan]:
    """The cases of a trigger by their signals' keys, and what is to become of each."""
    cases = {case.signal.key: case for case in CASES[trigger.kind](trigger, scope)}
    signals = [case.signal for case in cases.values()]
    planned = rules.plan(
        signals,
        live=_live_keys(signals),
        used=_used_keys(signals),
        answered=_answered([signal for signal in signals if signal.repeats is not None]),
    )
    return cases, planned


def _live_keys(signals: Sequence[Signal]) -> set[str]:
    live = CallToAction.objects.live()
    return {
        key
        for batch in batches(signals)
        for key in live.filter(dedupe_key__in=[s.dedupe_key for s in batch]).values_list(
            "dedupe_key", flat=True
        )
    }


def _used_keys(signals: Sequence[Signal]) -> set[str]:
    return {
        key
        for batch in batches(signals)
        for key in CTAEvent.objects.filter(signal_key__in=[s.key for s in batch]).values_list(
            "signal_key", flat=True
        )
        if key is not None
    }


def _answered(signals: Sequence[Signal]) -> dict[str, date]:
    """Newest month of a CTA by dedupe key, of what repeats something."""
    return {
        key: period
        for batch in batches(signals)
        for key, period in CallToAction.objects.filter(
            dedupe_key__in=[s.dedupe_key for s in batch], period__isnull=False
        )
        .order_by()
        .values_list("dedupe_key")
        .annotate(Max("period"))
    }


def _drop_cases(trigger: Trigger, scope: Scope) -> Iterator[Case]:
    broken = metric_breaks.by_component(scope.edition, scope.period)
    for drop in scope.drops(trigger.components):
        if breaks.across(
            broken.get(drop.component, ()), from_period=drop.from_period, period=drop.period
        ):
            continue  # it compares two different things
        occasion = f"{format_period(drop.period)}:{drop.to_color}"
        name = scope.edition.use_case(drop.component).name
        yield Case(
            signal=Signal(
                trigger.kind, drop.account.external_id, drop.component, occasion, drop.repeats
            ),
            account_id=drop.account_id,
            to_color=drop.to_color,
            title=words.drop_title(name, drop.from_color, drop.to_color),
            find=partial(evidence.of_drop, drop, edition=scope.edition),
        )


def _beginning_cases(trigger: Trigger, scope: Scope) -> Iterator[Case]:
    use_cases = scope.edition.use_cases
    begun = scope.begun()
    accounts = dict(scope.accounts().filter(pk__among=begun).values_list("pk", "external_id"))
    for account_id, positions in sorted(begun.items()):
        for position, cause in sorted(positions.items()):
            use_case = use_cases[position]
            if use_case.code in trigger.components and account_id in accounts:
                yield Case(
                    signal=Signal(trigger.kind, accounts[account_id], use_case.code),
                    account_id=account_id,
                    to_color=None,
                    title=words.begin_title(use_case.name),
                    find=partial(
                        evidence.of_beginning, use_case.code, edition=scope.edition, cause=cause
                    ),
                )


CASES: dict[str, Callable[[Trigger, Scope], Iterator[Case]]] = {
    Trigger.Kind.SCORE_DROP: _drop_cases,
    Trigger.Kind.NEW_USE_CASE: _beginning_cases,
}


def priority_of(case: Case, trigger: Trigger) -> int:
    return rules.priority_of(
        normal=trigger.priority, to_red=trigger.priority_to_red, to_color=case.to_color
    )


def due_day(trigger: Trigger, owner: User | None, *, now: datetime) -> date:
    """The last day of what a trigger opens now for somebody."""
    country, zone = (owner.country, owner.time_zone) if owner else ("", "UTC")
    return due_on(
        local_day(now, zone),
        trigger.days_until_due,
        in_business_days=trigger.day_kind == DayKind.BUSINESS,
        country=country,
    )
