"""Alerts, where they go, and who follows what."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from playbooks.models import Delivery, Endpoint, Follow, Notification
from tests.factories.clock import NOW
from tests.factories.customers import AccountFactory, UserFactory


class NotificationFactory(DjangoModelFactory[Notification]):
    class Meta:
        model = Notification

    user = factory.SubFactory(UserFactory)
    kind = "assigned"
    subject = Notification.Subject.CTA
    subject_id = 1
    title = "New for you: CI fell from Green to Yellow"
    at = NOW
    source_key = factory.Sequence(lambda n: f"cta_event:{n}")


class EndpointFactory(DjangoModelFactory[Endpoint]):
    class Meta:
        model = Endpoint

    kind = Endpoint.Kind.WEBHOOK
    name = factory.Sequence(lambda n: f"Receiver {n}")
    webhook_url = "https://hooks.example/in"
    created_at = NOW


class DeliveryFactory(DjangoModelFactory[Delivery]):
    class Meta:
        model = Delivery

    notification = factory.SubFactory(NotificationFactory)
    user = factory.SelfAttribute("notification.user")
    channel = factory.LazyAttribute(lambda row: row.endpoint.kind if row.endpoint else "email")
    endpoint = None
    key = factory.Sequence(lambda n: f"delivery:{n}")
    created_at = NOW


class FollowFactory(DjangoModelFactory[Follow]):
    class Meta:
        model = Follow

    user = factory.SubFactory(UserFactory)
    account = factory.SubFactory(AccountFactory)
    since = NOW


def make_notification(**fields: Any) -> Notification:
    return NotificationFactory.create(**fields)


def make_endpoint(**fields: Any) -> Endpoint:
    return EndpointFactory.create(**fields)


def make_delivery(**fields: Any) -> Delivery:
    """Make a message of an alert: by e-mail, or to the endpoint that is named."""
    return DeliveryFactory.create(**fields)


def make_follow(**fields: Any) -> Follow:
    return FollowFactory.create(**fields)
