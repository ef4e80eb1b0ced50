"""Licenses that come with subscriptions: their hashes tie instances to them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from accounts.models import License, Subscription
from accounts.rows import Record
from accounts.services.upserts import KEY, Outcome, chunks, ids_of

HASHES = {"license_md5": "md5", "license_sha256": "sha256"}


def without_taken_hashes(records: Sequence[Record], outcome: Outcome) -> list[Record]:
    """Leave out rows with a hash of another subscription's license, stored or earlier in the file."""
    owners = _owners(records)
    kept = []
    for record in records:
        taken = next(
            (
                column
                for column in HASHES
                if (text := record.values.get(column))
                and owners.setdefault(text, record.values[KEY]) != record.values[KEY]
            ),
            None,
        )
        if taken is None:
            kept.append(record)
        else:
            outcome.reject(record, taken, "belongs to a license of another subscription")
    return kept


def store(records: Sequence[Record], outcome: Outcome) -> None:
    """Make the licenses that are not known yet, once their subscriptions are stored."""
    licensed = [record for record in records if _hashes(record)]
    known = {text: license_id for text, license_id, _ in _stored(licensed)}
    subscription_ids = ids_of(Subscription, {record.values[KEY] for record in licensed})
    new = []
    for record in licensed:
        hashes = _hashes(record)
        license_ids = {known[text] for text in hashes.values() if text in known}
        if not license_ids:
            new.append(License(subscription_id=subscription_ids[record.values[KEY]], **hashes))
        elif len(license_ids) == 1 and not known.keys() >= set(hashes.values()):
            _complete(license_ids.pop(), hashes, outcome)
    outcome.new_license_ids += [made.pk for made in License.objects.bulk_create(new)]


def _complete(license_id: int, hashes: dict[str, str], outcome: Outcome) -> None:
    """Add the hash that a license came without; one that it has is never replaced."""
    for name, text in hashes.items():
        if License.objects.filter(pk=license_id, **{name: None}).update(**{name: text}):
            outcome.new_license_ids.append(license_id)


def _hashes(record: Record) -> dict[str, str]:
    return {name: text for column, name in HASHES.items() if (text := record.values.get(column))}


def _owners(records: Sequence[Record]) -> dict[str, str]:
    """The subscription's external id of each stored hash that the records name."""
    return {text: owner for text, _, owner in _stored(records)}


def _stored(records: Sequence[Record]) -> list[tuple[str, int, str]]:
    texts = [text for record in records for text in _hashes(record).values()]
    found = []
    for chunk in chunks(texts):
        rows = License.objects.filter(Q(md5__in=chunk) | Q(sha256__in=chunk))
        for md5, sha256, pk, owner in rows.values_list(
            "md5", "sha256", "pk", "subscription__external_id"
        ):
            found += [(text, pk, owner) for text in (md5, sha256) if text]
    return found
