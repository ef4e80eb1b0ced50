"""What putting an edition in force would mean: which months it would decide, for how many accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Account
from usage.errors import EditionInvalid
from usage.models import Edition
from usage.periods import month_of
from usage.queries import publications as months
from usage.services import editions, publications
from usage.services.publications import Months, Turn


@dataclass(frozen=True)
class PublishPage:
    """An edition about to be published from a month on."""

    edition: Edition
    digest: str
    faults: Sequence[str]
    first: date | None
    until: date | None  # the month from which another edition decides; None: none does
    former: Edition | None
    to_score: Months | None
    account_count: int
    decides_already: bool
    turn: Turn | None  # what would decide again if it were taken back

    @property
    def may_publish(self) -> bool:
        return not self.faults and not self.decides_already


def publish_page(edition: Edition, *, first: date | None, now: datetime) -> PublishPage:
    """Look at an edition as if it were published from `first` on. Writes nothing."""
    calendar = months.calendar()
    planned = publications.planned(edition, first, now=now)
    until = calendar.until(planned)
    return PublishPage(
        edition=edition,
        digest=editions.frozen(edition).digest,
        faults=_faults(edition),
        first=first,
        until=until,
        former=planned.former,
        to_score=publications.months_to_score(first, until),
        account_count=Account.objects.count(),
        decides_already=calendar.edition_of(first or date.min) == edition.pk,
        turn=publications.rollback_among(calendar, edition),
    )


def proposed_month(edition: Edition, *, now: datetime) -> date | None:
    """From when on to propose: a draft's own month; anything else from this month on."""
    return edition.in_force_from if edition.is_draft else month_of(now.date())


def _faults(edition: Edition) -> Sequence[str]:
    try:
        editions.check(editions.frozen(edition))
    except EditionInvalid as invalid:
        return invalid.faults
    return ()
