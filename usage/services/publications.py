"""What it takes to put an edition in force: its place among the others, the note, the months to score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Min

from accounts.models import User
from accounts.services import audit, jobs
from usage.errors import EditionDecidesAlready, NoteMissing
from usage.models import Edition, Publication, Snapshot
from usage.periods import format_period, shift
from usage.queries.publications import Calendar, calendar


@dataclass(frozen=True)
class Turn:
    """The edition that decided before, and the first of the months that it would decide again."""

    former: Edition
    first: date | None


def planned(edition: Edition, first: date | None, *, now: datetime) -> Publication:
    """The publication of an edition from a month on, not stored yet."""
    before = calendar().of(first or date.min)
    former = before.edition if before and before.edition_id != edition.pk else None
    reported = Snapshot.objects.aggregate(last=Max("period"))["last"]
    return Publication(
        edition=edition,
        in_force_from=first,
        published_at=now,
        former=former,
        known_until=reported if former else None,
    )


def put_in_force(publication: Publication, *, now: datetime) -> None:
    """Store a planned publication and queue the scoring of its months.

    Raise NoteMissing, or EditionDecidesAlready where it would change nothing.
    """
    edition, by = publication.edition, publication.published_by
    if not publication.note:
        raise NoteMissing
    first = publication.in_force_from
    if calendar().edition_of(first or date.min) == edition.pk:
        raise EditionDecidesAlready(edition.name, format_period(first) if first else None)
    if edition.is_draft:
        edition.in_force_from = first
    edition.status = Edition.Status.PUBLISHED
    edition.published_at = now
    edition.published_by = by
    edition.save()
    publication.save()
    former = publication.former
    detail = {
        "in_force_from": first,
        "note": publication.note,
        "former": former.name if former else None,
        "opens_ctas": publication.opens_ctas,
    }
    audit.record("edition.published", edition, now=now, by=by, detail=detail)
    _request_scores(first, calendar().until(publication), now=now, by=by)


def withdraw(edition: Edition, *, now: datetime, by: User | None, note: str) -> None:
    """Take an edition out of force; the months that it decided are queued to be scored by another one."""
    was_published = edition.status == Edition.Status.PUBLISHED
    edition.status = Edition.Status.RETIRED
    edition.published_at = edition.published_at or now
    edition.save()
    own = edition.publications.filter(withdrawn_at=None)
    months = [(each.in_force_from, calendar().until(each)) for each in own]
    own.update(withdrawn_at=now)
    audit.record(
        "edition.retired",
        edition,
        now=now,
        by=by,
        detail={"was_published": was_published, "note": note.strip()},
    )
    for first, until in months:
        _request_scores(first, until, now=now, by=by)


def rollback_of(edition: Edition) -> Turn | None:
    """Which edition would decide again; None where this one decides nothing, or none did before."""
    return rollback_among(calendar(), edition)


def rollback_among(months: Calendar, edition: Edition) -> Turn | None:
    own = [each for each in months.publications if each.edition_id == edition.pk]
    deciding = next((each for each in own if months.of(_start(each)) == each), None)
    if deciding is None:
        return None
    before = months.without(deciding).of(_start(deciding))
    if before is None or before.edition_id == edition.pk:
        return None
    return Turn(before.edition, deciding.in_force_from)


def _start(publication: Publication) -> date:
    return publication.in_force_from or date.min


@dataclass(frozen=True)
class Months:
    """Months of which something was reported, both included."""

    first: date
    last: date


def months_to_score(first: date | None, until: date | None) -> Months | None:
    """The reported months from `first` until the month before `until`; None: there are none."""
    reported = Snapshot.objects.aggregate(first=Min("period"), last=Max("period"))
    if reported["first"] is None:
        return None
    begin = max(filter(None, [reported["first"], first]))
    end = min(filter(None, [reported["last"], shift(until, -1) if until else None]))
    return Months(begin, end) if begin <= end else None


def _request_scores(
    first: date | None, until: date | None, *, now: datetime, by: User | None
) -> None:
    """The months that an edition decides were scored by another one, or not at all."""
    months = months_to_score(first, until)
    if months is not None:
        params = {"from": format_period(months.first), "to": format_period(months.last)}
        jobs.enqueue(kind="score", params=params, now=now, by=by, is_bulk=True)
