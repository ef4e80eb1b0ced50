"""Ties instances to subscriptions: all that an instance ever reported comes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.bulk import update_rows
from accounts.models import Job, License, Subscription, User
from accounts.services import audit, history
from accounts.services.history import Change
from usage.ingest import Payload
from usage.models import Instance
from usage.services import consent, instances, labels, rescoring


@transaction.atomic
def map_instance(
    *, instance_id: int, subscription_id: int | None, by: User | None, now: datetime
) -> Job | None:
    """Tie an instance to a subscription (None: to nobody); return the job that scores it.

    The rules may label it then. Where nothing changes, nothing is done.
    """
    instance = Instance.objects.get(pk=instance_id)
    job = _map({instance_id: subscription_id}, now=now, by=by, reason="mapped by hand")
    if instance.subscription_id != subscription_id:
        told = {"subscription": [instance.subscription_id, subscription_id]}
        audit.record("instance.mapped", instance, now=now, by=by, detail={"changes": told})
    return job


@transaction.atomic
def map_license(*, license_id: int, now: datetime, by: User | None = None) -> Job | None:
    """Tie the instances that reported a license, and belong to nobody, to its subscription."""
    license_ = License.objects.get(pk=license_id)
    waiting = Instance.objects.unmapped().filter(_reported(license_))
    subscription_ids = dict.fromkeys(waiting.values_list("pk", flat=True), license_.subscription_id)
    return _map(subscription_ids, now=now, by=by, reason="mapped by license")


def map_reported_licenses(newest: Mapping[int, Payload], *, now: datetime) -> set[int]:
    """Tie unmapped instances by the license of their newest payload; return their accounts."""
    payloads = newest.values()
    if not payloads:
        return set()
    licenses = License.objects.filter(
        Q(sha256__in={payload.license_sha256 for payload in payloads})
        | Q(md5__in={payload.license_md5 for payload in payloads})
    )
    owners = {
        text: subscription_id
        for *hashes, subscription_id in licenses.values_list("md5", "sha256", "subscription_id")
        for text in hashes
        if text
    }
    found = {
        pk: owners.get(payload.license_sha256) or owners.get(payload.license_md5)
        for pk, payload in newest.items()
    }
    attached = {pk: subscription_id for pk, subscription_id in found.items() if subscription_id}
    return attach(attached, now=now, reason="mapped by license")


def attach(
    subscription_ids: Mapping[int, int | None],
    *,
    now: datetime,
    by: User | None = None,
    reason: str,
) -> set[int]:
    """Set instances' subscriptions and keep their new accounts' consent; return all accounts.

    Neither labels nor asks for scores.
    """
    instances.lock(subscription_ids)
    before = _subscriptions_of(subscription_ids)
    changed = {
        pk: wanted for pk, wanted in subscription_ids.items() if before.get(pk, wanted) != wanted
    }
    if not changed:
        return set()
    columns = ("id", "subscription_id")
    update_rows(Instance, changed.items(), columns=columns, key=("id",))
    history.record(Instance, ids=changed, change=Change.CHANGED, now=now, by=by, reason=reason)
    consent.keep(changed)
    concerned = {*changed.values(), *(before[pk] for pk in changed)} - {None}
    accounts = Subscription.objects.filter(pk__in=concerned)
    return set(accounts.values_list("account_id", flat=True))


def _map(
    subscription_ids: Mapping[int, int | None], *, now: datetime, by: User | None, reason: str
) -> Job | None:
    account_ids = attach(subscription_ids, now=now, by=by, reason=reason)
    labelled = {pk for pk in subscription_ids.values() if pk is not None}
    account_ids |= labels.apply_rules(subscription_ids=labelled, now=now)
    return rescoring.request_all_periods(account_ids=account_ids, now=now, by=by)


def _subscriptions_of(instance_ids: Iterable[int]) -> dict[int, int | None]:
    rows = Instance.objects.filter(pk__in=instance_ids)
    return dict(rows.values_list("pk", "subscription_id"))


def _reported(license_: License) -> Q:
    hashes = Q(pk__in=[])
    if license_.sha256:
        hashes |= Q(license_sha256=license_.sha256)
    if license_.md5:
        hashes |= Q(license_md5=license_.md5)
    return hashes
