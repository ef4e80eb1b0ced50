"""Triggers: from transitions and levels of the newest scored month to CTAs, each signal used exactly once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from accounts.models import Account, Job
from playbooks import rules
from playbooks.business_days import due_on, local_day
from playbooks.models import CallToAction, CTAEvent, PlaybookVersion, Task, Trigger, TriggerRun
from playbooks.models.playbooks import DayKind
from playbooks.rules import Signal
from playbooks.services import beginnings, evidence
from playbooks.services.batches import batches
from playbooks.services.catalogue import current_versions
from playbooks.services.ctas import plan_tasks
from playbooks.services.evidence import Finding
from usage.models import Edition, ScoreCard, Transition
from usage.periods import format_period, period_of
from usage.queries import cards as card_queries
from usage.scoring.edition import Edition as ScoredEdition
from usage.services import editions

LOCK_KEY = 0x0C7A5
MOST_PLANS = 3

Kind = CTAEvent.Kind


@dataclass(frozen=True)
class TriggerCounts:
    """What a run of the triggers did: signals = opened + added + used before."""

    period: date | None = None
    signals: int = 0
    opened: int = 0
    added: int = 0


@dataclass(frozen=True)
class Scope:
    """What one evaluation looks at: the newest scored month, its edition, some accounts or all."""

    period: date
    edition_row: Edition
    edition: ScoredEdition
    account_ids: Collection[int] | None

    def accounts(self) -> QuerySet[Account]:
        """Triggers work for accounts that have a CSM."""
        accounts = Account.objects.exclude(csm=None)
        if self.account_ids is not None:
            accounts = accounts.filter(pk__in=self.account_ids)
        return accounts


@dataclass(frozen=True)
class Case:
    """A signal with its account; the finding is made when it is needed."""

    signal: Signal
    account_id: int
    to_color: str | None
    find: Callable[[ScoreCard], Finding]


@transaction.atomic
def run_triggers(
    *, now: datetime, account_ids: Collection[int] | None = None, job: Job | None = None
) -> TriggerCounts:
    """Evaluate all enabled triggers over the newest scored month; open CTAs or add to live ones.

    One evaluation runs at a time; run twice, it does nothing more.
    """
    hold()
    scope = newest_scope(account_ids, now=now)
    if scope is None:
        return TriggerCounts()
    total = TriggerCounts(period=scope.period)
    for trigger in Trigger.objects.filter(enabled=True):
        counts = _run(trigger, scope, now=now)
        if counts.opened or counts.added or account_ids is None:
            TriggerRun.objects.create(
                trigger=trigger,
                job=job,
                period=scope.period,
                at=now,
                signal_count=counts.signals,
                opened_count=counts.opened,
                added_count=counts.added,
            )
        total = TriggerCounts(
            period=scope.period,
            signals=total.signals + counts.signals,
            opened=total.opened + counts.opened,
            added=total.added + counts.added,
        )
    return total


def hold() -> None:
    """Let no triggers be evaluated until the caller commits. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])


def newest_scope(account_ids: Collection[int] | None = None, *, now: datetime) -> Scope | None:
    """The newest month that has a known score by the edition in force in it; None without one.

    A month to come does not count: one clock that runs ahead must not end the month for all.
    """
    newest = _newest_known(until=period_of(now))
    if newest is None:
        return None
    period, edition_id = newest
    row = Edition.objects.get(pk=edition_id)
    return Scope(period, row, editions.frozen(row), account_ids)


def _newest_known(*, until: date) -> tuple[date, int] | None:
    """Month and edition id of the newest known card, an edition at a time: each looks at one card."""
    for force in card_queries.forces():
        known = card_queries.known((force,)).filter(period__lte=until).order_by("-period")
        newest = known.values_list("period", "edition_id").first()
        if newest is not None:
            return newest
    return None


def _run(trigger: Trigger, scope: Scope, *, now: datetime) -> TriggerCounts:
    for _ in range(MOST_PLANS - 1):
        try:
            with transaction.atomic():
                return _evaluate(trigger, scope, now=now)
        except IntegrityError:
            continue  # a call to action of the same key was reopened meanwhile: it is live now
    return _evaluate(trigger, scope, now=now)


def _evaluate(trigger: Trigger, scope: Scope, *, now: datetime) -> TriggerCounts:
    cases = {case.signal.key: case for case in CASES[trigger.kind](trigger, scope)}
    signals = [case.signal for case in cases.values()]
    planned = rules.plan(signals, live=_live_keys(signals), used=_used_keys(signals))
    for batch in batches(planned.to_open):
        _open([cases[signal.key] for signal in batch], trigger, scope, now=now)
    added = sum(
        _add([cases[signal.key] for signal in batch], trigger, scope, now=now)
        for batch in batches(planned.to_add)
    )
    return TriggerCounts(signals=len(signals), opened=len(planned.to_open), added=added)


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


# --- Which signals there are ----------------------------------------------------------------------


def _drop_cases(trigger: Trigger, scope: Scope) -> Iterator[Case]:
    drops = Transition.objects.filter(
        period=scope.period,
        edition=scope.edition_row,
        component__in=trigger.components,
        account__in=scope.accounts(),
    ).order_by("account_id", "component")
    for drop in drops.select_related("account"):
        occasion = f"{format_period(drop.period)}:{drop.to_color}"
        yield Case(
            signal=Signal(trigger.kind, drop.account.external_id, drop.component, occasion),
            account_id=drop.account_id,
            to_color=drop.to_color,
            find=partial(evidence.of_drop, drop, edition=scope.edition),
        )


def _beginning_cases(trigger: Trigger, scope: Scope) -> Iterator[Case]:
    codes = [use_case.code for use_case in scope.edition.use_cases]
    accounts = dict(scope.accounts().values_list("pk", "external_id"))
    begun = beginnings.begun(scope.period, scope.edition, scope.accounts())
    for account_id, positions in sorted(begun.items()):
        for code in (codes[position] for position in positions):
            if code in trigger.components:
                yield Case(
                    signal=Signal(trigger.kind, accounts[account_id], code),
                    account_id=account_id,
                    to_color=None,
                    find=partial(evidence.of_beginning, code, edition=scope.edition),
                )


CASES: dict[str, Callable[[Trigger, Scope], Iterator[Case]]] = {
    Trigger.Kind.SCORE_DROP: _drop_cases,
    Trigger.Kind.NEW_USE_CASE: _beginning_cases,
}


# --- What becomes of them -------------------------------------------------------------------------


def _cards(scope: Scope, account_ids: Collection[int]) -> dict[int, ScoreCard]:
    cards = ScoreCard.objects.filter(
        edition=scope.edition_row, period=scope.period, account_id__in=account_ids
    )
    return {card.account_id: card for card in cards}


def _open(cases: Sequence[Case], trigger: Trigger, scope: Scope, *, now: datetime) -> None:
    account_ids = {case.account_id for case in cases}
    cards = _cards(scope, account_ids)
    accounts = Account.objects.select_related("csm").in_bulk(account_ids)
    versions = current_versions()
    findings = [case.find(cards[case.account_id]) for case in cases]
    ctas = [
        _new_cta(case, finding, accounts[case.account_id], trigger, scope, now=now)
        for case, finding in zip(cases, findings, strict=True)
    ]
    for cta in ctas:
        cta.playbook_version = _version(cta.component, trigger, versions)
    CallToAction.objects.bulk_create(ctas)
    Task.objects.bulk_create(task for cta in ctas for task in _tasks(cta, now=now))
    CTAEvent.objects.bulk_create(
        CTAEvent(
            cta=cta,
            account_id=cta.account_id,
            kind=Kind.OPENED,
            at=now,
            text=finding.sentence,
            detail={"period": format_period(scope.period), "edition": scope.edition.name},
            signal_key=case.signal.key,
        )
        for cta, case, finding in zip(ctas, cases, findings, strict=True)
    )


def _new_cta(
    case: Case, finding: Finding, account: Account, trigger: Trigger, scope: Scope, *, now: datetime
) -> CallToAction:
    owner = account.csm
    country, zone = (owner.country, owner.time_zone) if owner else ("", "UTC")
    due = due_on(
        local_day(now, zone),
        trigger.days_until_due,
        in_business_days=trigger.day_kind == DayKind.BUSINESS,
        country=country,
    )
    return CallToAction(
        account=account,
        trigger=trigger,
        type=trigger.cta_type,
        reason=trigger.reason,
        title=finding.title,
        summary=finding.summary,
        priority=_priority(case, trigger),
        component=case.signal.component,
        period=scope.period,
        owner=owner,
        opened_at=now,
        due_on=due,
        original_due_on=due,
        evidence=[finding.entry],
        dedupe_key=case.signal.dedupe_key,
    )


def _priority(case: Case, trigger: Trigger) -> int:
    return rules.priority_of(
        normal=trigger.priority, to_red=trigger.priority_to_red, to_color=case.to_color
    )


def _version(
    component: str, trigger: Trigger, versions: dict[str, PlaybookVersion]
) -> PlaybookVersion | None:
    code = rules.playbook_for(component, trigger.playbooks)
    return versions.get(code) if code else None


def _tasks(cta: CallToAction, *, now: datetime) -> list[Task]:
    if cta.playbook_version is None:
        return []
    zone = cta.owner.time_zone if cta.owner else "UTC"
    return plan_tasks(
        cta.playbook_version.steps.all(), cta=cta, start=local_day(now, zone), owner=cta.owner
    )


def _add(cases: Sequence[Case], trigger: Trigger, scope: Scope, *, now: datetime) -> int:
    """Add signals to the live CTAs of their keys; return to how many.

    One that was closed in this very moment is passed over: its signal stays unused for the next run.
    """
    live = CallToAction.objects.live().filter(dedupe_key__in=[c.signal.dedupe_key for c in cases])
    ctas = {cta.dedupe_key: cta for cta in live}
    cards = _cards(scope, {case.account_id for case in cases})
    return sum(
        _add_to(ctas[case.signal.dedupe_key], case, cards[case.account_id], trigger, now=now)
        for case in cases
        if case.signal.dedupe_key in ctas
    )


def _add_to(
    cta: CallToAction, case: Case, card: ScoreCard, trigger: Trigger, *, now: datetime
) -> bool:
    finding = case.find(card)
    cta.evidence = [*cta.evidence, finding.entry]
    live = CallToAction.objects.live().filter(pk=cta.pk)
    still_live = live.update(
        title=finding.title,
        summary=finding.summary,
        period=card.period,
        priority=min(cta.priority, _priority(case, trigger)),
        evidence=cta.evidence,
    )
    if not still_live:
        return False
    CTAEvent.objects.create(
        cta=cta,
        account_id=cta.account_id,
        kind=Kind.SIGNAL_ADDED,
        at=now,
        text=finding.sentence,
        detail={"period": finding.entry["period"], "edition": finding.entry["edition"]},
        signal_key=case.signal.key,
    )
    return True
