"""Which publication of an edition decides which month, and what would decide it otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from usage.models import Publication
from usage.periods import shift


@dataclass(frozen=True)
class Change:
    """What a month was judged by before the edition that decides it now.

    `since`: the first of the months in a row that this edition decides; None: from the beginning.
    `was_judged`: the former one judged the month itself, not only what lies before `since`.
    """

    former_id: int
    since: date | None
    was_judged: bool


@dataclass(frozen=True)
class Calendar:
    """Publications that are not withdrawn, by which decides: the latest month first."""

    publications: tuple[Publication, ...]

    def of(self, period: date) -> Publication | None:
        return next((each for each in self.publications if each.begins_by(period)), None)

    def edition_of(self, period: date) -> int | None:
        """Id of the edition that decides a month."""
        deciding = self.of(period)
        return deciding.edition_id if deciding else None

    def until(self, publication: Publication) -> date | None:
        """The month that a later publication begins with; None: none does."""
        begun = publication.in_force_from or date.min
        later = [each.in_force_from for each in self.publications]
        return min((first for first in later if first and first > begun), default=None)

    def without(self, publication: Publication) -> Calendar:
        return Calendar(tuple(each for each in self.publications if each.pk != publication.pk))

    def former_of(self, period: date, *, look_back: int) -> int | None:
        """The other edition by which a month was judged, or some month that it is compared with is.

        None where no change of edition lies between: what falls then falls by the data.
        """
        judged_by = self._judged_by(period)
        if judged_by is not None:
            return judged_by
        own = self.edition_of(period)
        before = (self.edition_of(shift(period, -months)) for months in range(1, look_back + 1))
        others = (edition_id for edition_id in before if edition_id not in (None, own))
        return None if own is None else next(others, None)

    def change_before(self, period: date) -> Change | None:
        """The newest change of edition that a month lies behind, however long ago; None: there is none."""
        before = self._other_before(period)
        since = self.until(before) if before else None
        judged_by = self._judged_by(period)
        if judged_by is not None:
            return Change(judged_by, since, was_judged=True)
        return Change(before.edition_id, since, was_judged=False) if before else None

    def _judged_by(self, period: date) -> int | None:
        """The other edition that decided the month until the one that decides it now was published."""
        deciding = self.of(period)
        if deciding is None or deciding.known_until is None or period > deciding.known_until:
            return None
        return None if deciding.former_id == deciding.edition_id else deciding.former_id

    def _other_before(self, period: date) -> Publication | None:
        """By which the newest month is decided that another edition decides before this one."""
        own, month = self.edition_of(period), shift(period, -1)
        return next(
            (
                each
                for each in self.publications
                if own not in (None, each.edition_id)
                and each.begins_by(month)
                and self.of(each.in_force_from or date.min) == each
            ),
            None,
        )


def calendar() -> Calendar:
    """One query."""
    return Calendar(tuple(Publication.objects.by_force().select_related("edition", "former")))


def formers(months: Calendar, periods: Iterable[date], *, look_back: int) -> dict[date, int]:
    """Month -> id of the edition that it is judged by besides, where a change of edition concerns it."""
    found = ((period, months.former_of(period, look_back=look_back)) for period in periods)
    return {period: edition_id for period, edition_id in found if edition_id is not None}
