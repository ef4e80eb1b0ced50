"""Versions of a playbook: a draft is worked on, a published one stays as CTAs were made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from playbooks.errors import (
    DraftInTheWay,
    StepOwnerUnknown,
    VersionHasNoSteps,
    VersionIsPublished,
)
from playbooks.models import Playbook, PlaybookVersion, Step
from playbooks.shipped import StepEntry, digest_of


@transaction.atomic
def new_draft(*, playbook_id: int) -> PlaybookVersion:
    """Return the playbook's draft: the one there is, or a copy of its newest version."""
    playbook = Playbook.objects.get(pk=playbook_id)
    newest = playbook.versions.first()
    if newest is not None and newest.published_at is None:
        return newest
    draft = playbook.versions.create(number=newest.number + 1 if newest else 1, digest="")
    for step in newest.steps.all() if newest else ():
        step.pk = None
        step.version = draft
        step.save(force_insert=True)
    return draft


@transaction.atomic
def publish(*, version_id: int, now: datetime, by: User | None = None) -> PlaybookVersion:
    """Let CTAs be made from a draft from now on; raise VersionIsPublished or VersionHasNoSteps."""
    version = PlaybookVersion.objects.select_related("playbook").get(pk=version_id)
    if version.published_at is not None:
        raise VersionIsPublished(str(version))
    steps = tuple(entry_of(step) for step in version.steps.select_related("owner"))
    if not steps:
        raise VersionHasNoSteps(str(version))
    version.digest = digest_of(steps)
    version.published_at = now
    version.save()
    audit.record("playbook.published", version, now=now, by=by, detail={"steps": len(steps)})
    return version


@transaction.atomic
def revise(
    *, playbook_id: int, steps: Sequence[StepEntry], now: datetime, by: User | None = None
) -> PlaybookVersion:
    """Publish a version with these steps; the versions before it stay as they are.

    Raise DraftInTheWay where somebody works on a draft, VersionHasNoSteps or StepOwnerUnknown.
    """
    playbook = Playbook.objects.get(pk=playbook_id)
    newest = playbook.versions.first()
    if newest is not None and newest.published_at is None:
        raise DraftInTheWay(str(newest))
    version = playbook.versions.create(number=newest.number + 1 if newest else 1, digest="")
    for position, step in enumerate(steps, start=1):
        add_step(version, position, step)
    return publish(version_id=version.pk, now=now, by=by)


def add_step(version: PlaybookVersion, position: int, entry: StepEntry) -> None:
    """Store a step as a file says it; raise StepOwnerUnknown."""
    owner = User.objects.filter(email__iexact=entry.owner).first() if entry.owner else None
    if entry.owner and owner is None:
        raise StepOwnerUnknown(entry.owner)
    fields = asdict(entry) | {
        "questions": "\n".join(entry.questions),
        "links": [{"title": title, "url": url} for title, url in entry.links],
        "owner": owner,
        "owner_rule": Step.OwnerRule.NAMED_USER if owner else Step.OwnerRule.CTA_OWNER,
    }
    version.steps.create(position=position, **fields)


def entry_of(step: Step) -> StepEntry:
    """A step as the catalogue's files say it, so that equal steps have equal digests."""
    is_named = step.owner_rule == Step.OwnerRule.NAMED_USER
    return StepEntry(
        title=step.title,
        instructions=step.instructions,
        questions=tuple(step.questions.splitlines()),
        links=tuple((link["title"], link["url"]) for link in step.links),
        days_after_start=step.days_after_start,
        day_kind=step.day_kind,
        is_required=step.is_required,
        owner=step.owner.email if is_named and step.owner else "",
    )
