"""Playbooks and calls to action."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from playbooks.models import (
    CallToAction,
    CTAEvent,
    CTALink,
    CTAType,
    Playbook,
    PlaybookVersion,
    Step,
    Task,
    Trigger,
    TriggerRun,
)
from tests.factories.clock import NOW, PERIOD, TODAY
from tests.factories.customers import AccountFactory
from tests.factories.usage import digest


class CTALinkFactory(DjangoModelFactory[CTALink]):
    class Meta:
        model = CTALink

    cta = factory.SubFactory("tests.factories.work.CallToActionFactory")
    account = factory.SelfAttribute("cta.account")
    kind = CTALink.Kind.OTHER
    url = factory.Sequence(lambda n: f"https://crm.example/{n}")
    created_at = NOW


class PlaybookFactory(DjangoModelFactory[Playbook]):
    class Meta:
        model = Playbook

    code = factory.Sequence(lambda n: f"playbook-{n}")
    name = factory.Sequence(lambda n: f"Playbook {n}")


class TriggerFactory(DjangoModelFactory[Trigger]):
    class Meta:
        model = Trigger

    code = factory.Sequence(lambda n: f"trigger-{n}")
    name = factory.Sequence(lambda n: f"Trigger {n}")
    kind = Trigger.Kind.SCORE_DROP
    components = factory.LazyFunction(lambda: ["ci"])
    cta_type = CTAType.RISK
    reason = "Usage dropped"


class TriggerRunFactory(DjangoModelFactory[TriggerRun]):
    class Meta:
        model = TriggerRun

    trigger = factory.SubFactory(TriggerFactory)
    period = PERIOD
    at = NOW
    signal_count = 1
    opened_count = 1
    added_count = 0


class CallToActionFactory(DjangoModelFactory[CallToAction]):
    class Meta:
        model = CallToAction

    account = factory.SubFactory(AccountFactory)
    type = CTAType.RISK
    reason = "Usage dropped"
    title = "CI fell from Green to Yellow"
    summary = "38 builds per billable user, Green is above 40"
    component = "ci"
    period = PERIOD
    owner = factory.LazyAttribute(lambda cta: cta.account.csm)
    opened_at = NOW - timedelta(days=3)
    due_on = TODAY + timedelta(days=4)
    original_due_on = factory.SelfAttribute("due_on")
    closed_at = factory.LazyAttribute(
        lambda cta: None if cta.status in CallToAction.OPEN_STATUSES else NOW
    )
    status = CallToAction.Status.NEW
    dedupe_key = factory.Sequence(lambda n: f"score_drop:{n}:ci")


class TaskFactory(DjangoModelFactory[Task]):
    class Meta:
        model = Task

    cta = factory.SubFactory(CallToActionFactory)
    account = factory.SelfAttribute("cta.account")
    position = factory.Sequence(lambda n: n % 30_000 + 1)
    title = "Ask what changed"
    due_on = TODAY + timedelta(days=2)


class CTAEventFactory(DjangoModelFactory[CTAEvent]):
    class Meta:
        model = CTAEvent

    cta = factory.SubFactory(CallToActionFactory)
    account = factory.SelfAttribute("cta.account")
    kind = CTAEvent.Kind.OPENED
    at = NOW


def make_playbook(*, steps: int = 2, published: bool = True, **fields: Any) -> Playbook:
    """Make a playbook with version 1 and its steps: due 0, 2, 4 ... business days after start."""
    playbook = PlaybookFactory.create(**fields)
    make_version(playbook, steps=steps, published=published)
    return playbook


def make_version(
    playbook: Playbook, *, number: int = 1, steps: int = 2, published: bool = True
) -> PlaybookVersion:
    version = playbook.versions.create(
        number=number,
        digest=digest(f"{number}{steps}".encode()),
        published_at=NOW if published else None,
    )
    for position in range(1, steps + 1):
        Step.objects.create(
            version=version,
            position=position,
            title=f"Step {position}",
            days_after_start=2 * (position - 1),
        )
    return version


def make_trigger(**fields: Any) -> Trigger:
    return TriggerFactory.create(**fields)


def make_trigger_run(**fields: Any) -> TriggerRun:
    return TriggerRunFactory.create(**fields)


def make_cta(**fields: Any) -> CallToAction:
    """Make a new Risk CTA of the account's CSM; a closed status closes it."""
    return CallToActionFactory.create(**fields)


def make_task(**fields: Any) -> Task:
    return TaskFactory.create(**fields)


def make_event(**fields: Any) -> CTAEvent:
    return CTAEventFactory.create(**fields)


def make_link(**fields: Any) -> CTALink:
    """Make a link of a CTA to an address; another target wants `url=""`."""
    return CTALinkFactory.create(**fields)
