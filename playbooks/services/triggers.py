"""Triggers: from transitions and levels of the newest scored month to CTAs, each signal used exactly once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction

from accounts.models import Account, Job
from playbooks import rules
from playbooks.business_days import local_day
from playbooks.models import CallToAction, CTAEvent, PlaybookVersion, Task, Trigger, TriggerRun
from playbooks.services import beginnings, trigger_cases
from playbooks.services.batches import batches
from playbooks.services.beginnings import Begun, Month
from playbooks.services.catalogue import current_versions
from playbooks.services.ctas import plan_tasks
from playbooks.services.evidence import Finding
from playbooks.services.trigger_cases import Case, Scope
from usage.models import Edition, ScoreCard, Transition
from usage.periods import format_period, period_of
from usage.queries import cards as card_queries
from usage.queries.publications import calendar
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
class StoredScope(Scope):
    """What was found and stored of the month by the edition that is in force in it."""

    edition_row: Edition
    is_asked_for: bool  # what only a change of edition caused opens CTAs too
    now: datetime

    def drops(self, components: Collection[str]) -> Iterator[Transition]:
        stored = Transition.objects.filter(
            period=self.period,
            edition=self.edition_row,
            component__in=components,
            account__in=self.accounts(),
        )
        if not self.is_asked_for:
            stored = stored.filter(cause=Transition.Cause.DATA)
        yield from stored.order_by("account_id", "component").select_related("account")

    def begun(self) -> Begun:
        month = Month(self.period, self.edition, self.now)
        found = beginnings.begun(month, self.accounts())
        return found if self.is_asked_for else beginnings.of_data(found)


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


def newest_scope(
    account_ids: Collection[int] | None = None, *, now: datetime
) -> StoredScope | None:
    """The newest month that has a known score by the edition in force in it; None without one.

    A month to come does not count: one clock that runs ahead must not end the month for all.
    """
    newest = _newest_known(until=period_of(now))
    if newest is None:
        return None
    period, edition_id = newest
    row = Edition.objects.get(pk=edition_id)
    publication = calendar().of(period)
    is_asked_for = publication is not None and publication.opens_ctas
    frozen = editions.frozen(row)
    return StoredScope(
        period, frozen, account_ids, edition_row=row, is_asked_for=is_asked_for, now=now
    )


def _newest_known(*, until: date) -> tuple[date, int] | None:
    """Month and edition id of the newest known card, an edition at a time: each looks at one card."""
    for force in card_queries.forces():
        known = card_queries.known((force,)).filter(period__lte=until).order_by("-period")
        newest = known.values_list("period", "edition_id").first()
        if newest is not None:
            return newest
    return None


def _run(trigger: Trigger, scope: StoredScope, *, now: datetime) -> TriggerCounts:
    for _ in range(MOST_PLANS - 1):
        try:
            with transaction.atomic():
                return _evaluate(trigger, scope, now=now)
        except IntegrityError:
            continue  # a call to action of the same key was reopened meanwhile: it is live now
    return _evaluate(trigger, scope, now=now)


def _evaluate(trigger: Trigger, scope: StoredScope, *, now: datetime) -> TriggerCounts:
    cases, planned = trigger_cases.judged(trigger, scope)
    for batch in batches(planned.to_open):
        _open([cases[signal.key] for signal in batch], trigger, scope, now=now)
    added = sum(
        _add([cases[signal.key] for signal in batch], trigger, scope, now=now)
        for batch in batches(planned.to_add)
    )
    return TriggerCounts(signals=len(cases), opened=len(planned.to_open), added=added)


# --- What becomes of them -------------------------------------------------------------------------


def _cards(scope: StoredScope, account_ids: Collection[int]) -> dict[int, ScoreCard]:
    cards = ScoreCard.objects.filter(
        edition=scope.edition_row, period=scope.period, account_id__in=account_ids
    )
    return {card.account_id: card for card in cards}


def _open(cases: Sequence[Case], trigger: Trigger, scope: StoredScope, *, now: datetime) -> None:
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
    case: Case,
    finding: Finding,
    account: Account,
    trigger: Trigger,
    scope: StoredScope,
    *,
    now: datetime,
) -> CallToAction:
    owner = account.csm
    due = trigger_cases.due_day(trigger, owner, now=now)
    return CallToAction(
        account=account,
        trigger=trigger,
        type=trigger.cta_type,
        reason=trigger.reason,
        title=finding.title,
        summary=finding.summary,
        priority=trigger_cases.priority_of(case, trigger),
        component=case.signal.component,
        period=scope.period,
        owner=owner,
        opened_at=now,
        due_on=due,
        original_due_on=due,
        evidence=[finding.entry],
        dedupe_key=case.signal.dedupe_key,
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


def _add(cases: Sequence[Case], trigger: Trigger, scope: StoredScope, *, now: datetime) -> int:
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
        priority=min(cta.priority, trigger_cases.priority_of(case, trigger)),
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
