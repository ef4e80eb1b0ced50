"""Entries of timelines, and who took part."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import ActivityTemplate, Attendance, Mention, TimelineActivity
from tests.factories.clock import NOW
from tests.factories.customers import AccountFactory, UserFactory


class TimelineActivityFactory(DjangoModelFactory[TimelineActivity]):
    class Meta:
        model = TimelineActivity

    account = factory.SubFactory(AccountFactory)
    kind = TimelineActivity.Kind.CALL
    happened_at = NOW
    subject = factory.Sequence(lambda n: f"Call {n}")
    created_at = NOW
    updated_at = NOW


class AttendanceFactory(DjangoModelFactory[Attendance]):
    class Meta:
        model = Attendance

    activity = factory.SubFactory(TimelineActivityFactory)
    account = factory.LazyAttribute(lambda attendance: attendance.activity.account)


class MentionFactory(DjangoModelFactory[Mention]):
    class Meta:
        model = Mention

    activity = factory.SubFactory(TimelineActivityFactory)
    account = factory.LazyAttribute(lambda mention: mention.activity.account)
    user = factory.SubFactory(UserFactory)
    at = NOW


class ActivityTemplateFactory(DjangoModelFactory[ActivityTemplate]):
    class Meta:
        model = ActivityTemplate

    code = factory.Sequence(lambda n: f"template-{n}")
    name = factory.Sequence(lambda n: f"Template {n}")
    kind = TimelineActivity.Kind.HEALTH_UPDATE
    subject = "Health update"
    notes = "**What changed**"


def make_activity_template(**fields: Any) -> ActivityTemplate:
    return ActivityTemplateFactory.create(**fields)


def make_activity(**fields: Any) -> TimelineActivity:
    return TimelineActivityFactory.create(**fields)


def make_attendance(**fields: Any) -> Attendance:
    """Make one of a `user` or of a `contact`."""
    return AttendanceFactory.create(**fields)


def make_mention(**fields: Any) -> Mention:
    return MentionFactory.create(**fields)
