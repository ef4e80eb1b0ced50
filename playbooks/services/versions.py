"""Versions of a playbook: a draft is worked on, a published one stays as CTAs were made from it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from playbooks.errors import VersionHasNoSteps, VersionIsPublished
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
    steps = tuple(_entry(step) for step in version.steps.all())
    if not steps:
        raise VersionHasNoSteps(str(version))
    version.digest = digest_of(steps)
    version.published_at = now
    version.save()
    audit.record("playbook.published", version, now=now, by=by, detail={"steps": len(steps)})
    return version


def _entry(step: Step) -> StepEntry:
    """A step as the catalogue's files say it, so that equal steps have equal digests."""
    return StepEntry(
        title=step.title,
        instructions=step.instructions,
        questions=tuple(step.questions.splitlines()),
        links=tuple((link["title"], link["url"]) for link in step.links),
        days_after_start=step.days_after_start,
        day_kind=step.day_kind,
        is_required=step.is_required,
    )
