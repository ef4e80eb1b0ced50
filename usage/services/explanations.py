"""Why a score is what it is, down to metrics and snapshots, and why it moved between two months."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.db.models.fields.json import KeyTransform

from usage import scoring
from usage.card_rows import Card
from usage.errors import MonthNotScored, ScorePartUnknown
from usage.explain import Node, explain
from usage.facts import LOOK_BACK_MONTHS, Facts, last_known, row_id
from usage.lab import moves
from usage.lab.attribution import Attribution, Crossed, attribute
from usage.models import ScoreCard, Snapshot
from usage.periods import format_period, shift, span
from usage.queries import cards
from usage.scoring import Edition
from usage.scoring.transitions import LOOK_BACK_MONTHS as JUDGED_AGAINST
from usage.services import editions, readings

Missing = set[tuple[str, str]]


@dataclass(frozen=True)
class ScoreChange:
    """Two months of an account, and the movement of one part of its score between them."""

    former: ScoreCard
    later: ScoreCard
    attribution: Attribution


def explained(card: ScoreCard) -> Node:
    """The tree of a card with the metrics of its snapshots, and since when what is NA is missing.

    Three queries at most beside the editions: snapshots of the month, earlier ones, earlier cards.
    """
    edition = editions.load(card.edition_id)
    return explain(card.evidence, edition, facts_of(card, edition))


def facts_of(card: ScoreCard, edition: Edition) -> Facts:
    reported = {row_id(row) for row in card.evidence["rows"] if row["instance"]}
    snapshots, metrics = _of_the_month(card, reported)
    missing = {
        (installation, key)
        for installation in reported
        for key in edition.metric_keys
        if not _is_known(metrics.get(installation, {}).get(key))
    }
    return Facts(
        period=card.period,
        snapshots=snapshots,
        metrics=metrics,
        last_reported=_last_reported(card, missing),
        last_known=last_known(_earlier(card)),
    )


def _is_known(value: Any) -> bool:
    return isinstance(value, int | float) and value >= 0


def _snapshots(card: ScoreCard, installations: Iterable[str]) -> Any:
    ids = {each.partition(" ")[0] for each in installations}
    return Snapshot.objects.filter(
        instance__subscription__account=card.account_id, instance__external_id__in=ids
    )


def _of_the_month(
    card: ScoreCard, reported: Collection[str]
) -> tuple[dict[str, int], dict[str, Mapping[str, Any]]]:
    rows = _snapshots(card, reported).filter(period=card.period).select_related("instance")
    found = {f"{row.instance.external_id} {row.instance.hostname}": row for row in rows}
    return (
        {installation: row.pk for installation, row in found.items()},
        {installation: row.metrics for installation, row in found.items()},
    )


def _last_reported(card: ScoreCard, missing: Missing) -> dict[tuple[str, str], date]:
    """By installation and key the newest month before in which it was reported."""
    if not missing:
        return {}
    keys = sorted({key for _, key in missing})
    rows = (
        _snapshots(card, {installation for installation, _ in missing})
        .filter(period__lt=card.period, period__gte=shift(card.period, -LOOK_BACK_MONTHS))
        .order_by("period")
        .annotate(
            uuid=F("instance__external_id"),
            hostname=F("instance__hostname"),
            **{f"key_{place}": KeyTransform(key, "metrics") for place, key in enumerate(keys)},
        )
        .values_list("uuid", "hostname", "period", *(f"key_{n}" for n in range(len(keys))))
    )
    found: dict[tuple[str, str], date] = {}
    for uuid, hostname, period, *values in rows:
        for key, value in zip(keys, values, strict=True):
            if _is_known(value):
                found[f"{uuid} {hostname}", key] = period
    return found


def _earlier(card: ScoreCard) -> Iterable[tuple[date, Mapping[str, Any], Edition]]:
    found = cards.in_force(cards.forces()).defer(None).defer("input_hash")
    first = shift(card.period, -LOOK_BACK_MONTHS)
    earlier = found.filter(account=card.account_id, period__lt=card.period, period__gte=first)
    return [(row.period, row.evidence, editions.load(row.edition_id)) for row in earlier]


# --- Two months -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Movement:
    """One part of an account's score between two months; `of`: a part's code, empty: the whole score."""

    account_id: int
    former: date
    later: date
    of: str


def score_change(
    *, account_id: int, former: date, later: date, of: str, now: datetime
) -> ScoreChange:
    """Split the movement between the cards of two months; `of`: a part's code, empty: the whole score.

    Raise MonthNotScored where one has no card, ScorePartUnknown where the later edition has no such part.
    Where the editions differ each month is judged by the other one too, as far as no card of it is kept.
    """
    movement = Movement(account_id, former, later, of)
    return _read([movement], now=now).change(movement)


def score_changes(movements: Collection[Movement], *, now: datetime) -> dict[Movement, ScoreChange]:
    """The same of many; left out are those of which a month has no card, or the later edition no such part.

    As many queries for any number of accounts: two, those that load each edition, and a reading for each
    month and edition by which it is judged besides and of which some card is not kept.
    """
    found: dict[Movement, ScoreChange] = {}
    if not movements:
        return found
    months = _read(movements, now=now)
    for movement in movements:
        try:
            found[movement] = months.change(movement)
        except (MonthNotScored, ScorePartUnknown):
            continue
    return found


Key = tuple[int, date, int]  # account, month, edition
Pair = tuple[ScoreCard, ScoreCard]


@dataclass(frozen=True)
class _Months:
    """What cards of accounts and months say by the editions of both months, those not kept judged anew."""

    ranges: Collection[cards.Force]
    kept: Mapping[Key, ScoreCard]
    loaded: Mapping[int, Edition]
    anew: Mapping[Key, dict[str, Any]]

    def change(self, movement: Movement) -> ScoreChange:
        """Raise MonthNotScored, ScorePartUnknown."""
        former, later = _pair(movement, self.kept, self.ranges)
        before, after = (self.loaded[card.edition_id] for card in (former, later))
        of = movement.of or after.overall
        if of not in moves.codes(after):
            raise ScorePartUnknown(of, after.name)
        judged = Card(former.evidence, before), Card(later.evidence, after)
        found = attribute(*judged, of=of, crossed=self._crossed(former, later))
        return ScoreChange(former, later, found)

    def _crossed(self, former: ScoreCard, later: ScoreCard) -> Crossed | None:
        """The former month by the later edition, and the later month by the former one."""
        found = []
        for key in _crossed_keys(former, later, self.loaded):
            said = self.kept[key].evidence if key in self.kept else self.anew.get(key)
            if said is not None:
                found.append(Card(said, self.loaded[key[-1]]))
        return (found[0], found[1]) if len(found) == 2 else None


def _read(movements: Collection[Movement], *, now: datetime) -> _Months:
    ranges = cards.forces()
    wanted = ScoreCard.objects.filter(
        account__in={each.account_id for each in movements},
        period__in={month for each in movements for month in (each.former, each.later)},
    )
    kept = {(row.account_id, row.period, row.edition_id): row for row in wanted.order_by()}
    pairs = list(_pairs(movements, kept, ranges))
    loaded = {pk: editions.load(pk) for pk in {card.edition_id for pair in pairs for card in pair}}
    missing: dict[tuple[date, int], set[int]] = defaultdict(set)
    for pair in pairs:
        for account_id, month, edition_id in _crossed_keys(*pair, loaded):
            if (account_id, month, edition_id) not in kept:
                missing[month, edition_id].add(account_id)
    anew = {
        (account_id, month, edition_id): evidence
        for (month, edition_id), account_ids in missing.items()
        for account_id, evidence in _judged_anew(account_ids, month, loaded[edition_id], now=now)
    }
    return _Months(ranges, kept, loaded, anew)


def _pairs(
    movements: Iterable[Movement], kept: Mapping[Key, ScoreCard], ranges: Collection[cards.Force]
) -> Iterator[Pair]:
    """Of those movements of which both months have a card."""
    for movement in movements:
        try:
            yield _pair(movement, kept, ranges)
        except MonthNotScored:
            continue


def _pair(
    movement: Movement, kept: Mapping[Key, ScoreCard], ranges: Collection[cards.Force]
) -> Pair:
    """The cards by the editions in force. Raise MonthNotScored."""
    found = []
    for month in (movement.former, movement.later):
        edition_id = cards.edition_for(month, ranges)
        card = None if edition_id is None else kept.get((movement.account_id, month, edition_id))
        if card is None:
            raise MonthNotScored(format_period(month))
        found.append(card)
    return found[0], found[1]


def _crossed_keys(
    former: ScoreCard, later: ScoreCard, loaded: Mapping[int, Edition]
) -> Iterator[Key]:
    """Of what both editions judge; none where they say the same."""
    if loaded[former.edition_id].digest != loaded[later.edition_id].digest:
        yield former.account_id, former.period, later.edition_id
        yield later.account_id, later.period, former.edition_id


def _judged_anew(
    account_ids: Collection[int], month: date, edition: Edition, *, now: datetime
) -> Iterator[tuple[int, dict[str, Any]]]:
    """What cards of that edition would say; none of accounts of which no subscription counts any more."""
    months = span(shift(month, -JUDGED_AGAINST), month)
    data = readings.read(sorted(account_ids), edition, months, now=now)
    scores = scoring.score(data, edition, months, explained=[month])
    for account_id, evidence in scores.accounts.select("account_id", "evidence").iter_rows():
        yield account_id, dict(json.loads(evidence))
