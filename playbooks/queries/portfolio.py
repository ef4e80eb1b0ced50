"""The portfolio: the accounts that a person sees, filtered, sorted and summed in the database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Substr, Upper
from django.utils import timezone
from django.utils.translation import gettext

from accounts import formats
from accounts.filters import is_id
from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from accounts.models import Account, Subscription, User
from accounts.querysets import AccountQuerySet, runs_on
from playbooks.models import CallToAction
from usage import charts
from usage.models import ScoreCard
from usage.periods import month_of, shift, span
from usage.queries import cards
from usage.queries.cards import Force, Standing
from usage.querysets import ScoreCardQuerySet
from usage.scoring.edition import Edition, UseCase

MONTHS = 13
PAGE = 50
EXPORT_CHUNK = 500
EXPORT_DEPTH = 2  # known cards: the newest, and the one that its change is against
COLORS = ("Green", "Yellow", "Red", formats.NA)
FIRST_DESCENDING = {"arr", "health", "change", "adopted", "ctas", "data"}
PLAIN_SORTS = ("name", "segment", "arr", "renewal", "health", "change", "adopted", "ctas", "data")
DEFAULT_SORT = "-arr"
READINGS: Mapping[str, tuple[Callable[[str], Any], bool]] = {  # and whether it may be unknown
    "segment": (str, False),
    "arr": (Decimal, False),
    "renewal": (date.fromisoformat, True),
    "health": (float, True),
    "change": (float, True),
    "adopted": (int, True),
    "ctas": (int, False),
    "data": (datetime.fromisoformat, True),
}
LONGEST_SEARCH = 100  # characters; SQLite refuses very long patterns


@dataclass(frozen=True)
class Filters:
    """What a person asked to see; anything not understood is as if it were not asked."""

    q: str = ""
    segment: str = ""
    region: str = ""
    csm: int | None = None
    health: str = ""
    component: str = ""
    color: str = ""
    mine: bool = False
    sort: str = DEFAULT_SORT

    @classmethod
    def of(cls, asked: Mapping[str, str], *, components: Collection[str]) -> Filters:
        sort, csm = asked.get("sort", ""), asked.get("csm", "")
        known = sort.removeprefix("-") in {*PLAIN_SORTS, *components}
        component, color = asked.get("component", ""), asked.get("color", "")
        is_pair = component in components and color in COLORS
        health = asked.get("health", "")
        return cls(
            q=asked.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
            segment=asked.get("segment", "").replace("\x00", ""),
            region=asked.get("region", "").replace("\x00", ""),
            csm=int(csm) if is_id(csm) else None,
            health=health if health in COLORS else "",
            component=component if is_pair else "",
            color=color if is_pair else "",
            mine=asked.get("mine") == "1",
            sort=sort if known else DEFAULT_SORT,
        )

    @property
    def sort_key(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        plain = (self.q, self.segment, self.region, self.health, self.component)
        return any(plain) or self.csm is not None or self.mine


@dataclass(frozen=True)
class Totals:
    accounts: int
    arr: Decimal


@dataclass(frozen=True)
class Cell:
    """A component's sign."""

    code: str
    name: str
    color: str

    @property
    def letter(self) -> str:
        return self.color if self.color == formats.NA else self.color[0]


@dataclass(frozen=True)
class Row:
    account: Account
    arr: Decimal
    renews_on: date | None
    standing: Standing
    cells: tuple[Cell, ...]  # one per component shown
    use_case_count: int
    cta_count: int
    today: date

    @cached_property
    def spark(self) -> charts.Spark:
        """Health of the last 13 months, this one included."""
        by_month = {card.period: card for card in self.standing.known}
        this_month = month_of(self.today)
        readings = []
        for period in span(shift(this_month, 1 - MONTHS), this_month):
            card = by_month.get(period)
            score, color = (card.score, card.color) if card else (None, formats.NA)
            readings.append(charts.Reading(period, score, color))
        wording = charts.Wording(
            gettext("Health of %(name)s") % {"name": self.account.name}, formats.points
        )
        return charts.sparkline(readings, wording=wording)

    @property
    def health_text(self) -> str:
        return f"{formats.color_name(self.standing.color)} {formats.points(self.standing.score)}"

    @property
    def adopted(self) -> int | None:
        return self.standing.card.use_cases_adopted if self.standing.card else None


@dataclass(frozen=True)
class Portfolio:
    """One person's view; `editions` are those in force by id, the newest of `ranges` first."""

    user: User
    ranges: tuple[Force, ...]
    editions: Mapping[int, Edition]
    now: datetime

    @cached_property
    def components(self) -> tuple[UseCase, ...]:
        """Columns: the components of the edition that is in force now."""
        edition_id = cards.edition_for(month_of(self.today), self.ranges)
        return self.editions[edition_id].use_cases if edition_id is not None else ()

    @cached_property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def _current(self) -> ScoreCardQuerySet:
        return cards.current_of(self.ranges, now=self.now)

    def visible(self) -> AccountQuerySet:
        return Account.objects.visible_to(self.user)

    def filtered(self, filters: Filters) -> AccountQuerySet:
        found = self.visible()
        if filters.q:
            found = found.named(filters.q)
        for field in ("segment", "region"):
            if value := getattr(filters, field):
                found = found.filter(**{field: value})
        if filters.csm is not None:
            found = found.filter(csm_id=filters.csm)
        if filters.mine:
            found = found.filter(csm=self.user)
        if filters.health:
            found = self._with_health(found, filters.health)
        if filters.component:
            letter = filters.color[0]
            shown = Coalesce(
                Subquery(self._current.values(shown=self._letter(filters.component))[:1]),
                Value("N"),
            )
            found = found.alias(filtered_letter=shown).filter(filtered_letter=letter)
        return found

    def _with_health(self, found: AccountQuerySet, color: str) -> AccountQuerySet:
        if color == formats.NA:
            return found.filter(~Exists(self._current))
        current = Subquery(self._current.values("color")[:1])
        return found.alias(filtered_color=current).filter(filtered_color=color)

    def _letter(self, code: str) -> Case:
        """The letter of a component in a card: each edition has its own order."""
        places = [
            When(edition_id=pk, then=Substr("component_colors", _place(edition, code), 1))
            for pk, edition in self.editions.items()
            if any(use_case.code == code for use_case in edition.use_cases)
        ]
        return Case(*places, default=Value("N"))

    def page(self, filters: Filters, asked: Asked = FIRST) -> KeysetPage[Row]:
        """Filtered accounts in their order, with all that a page says of them. Five queries."""
        page = page_of([self._ranked(filters)], self._keys(filters), size=PAGE, asked=asked)
        return page.of(self.rows([ranks.pk for ranks in page.object_list]))

    def ids(self, filters: Filters) -> list[int]:
        """All filtered accounts in their order. One query."""
        order = [key.order for key in self._keys(filters)]
        return [ranks.pk for ranks in self._ranked(filters).order_by(*order)]

    def _keys(self, filters: Filters) -> tuple[Key, ...]:
        """Unknown values come last whichever way it goes."""
        name, by, falls = Key("upper_name", str), filters.sort_key, filters.is_descending
        if by == "name":
            return replace(name, is_descending=falls), Key("pk", int)
        parse, is_nullable = READINGS.get(by, (int, True))  # of a component: its rank
        first = Key("sort_key", parse, is_descending=falls, is_nullable=is_nullable)
        return first, name, Key("pk", int)

    def _ranked(self, filters: Filters) -> QuerySet[Account, Any]:
        found = self.filtered(filters).annotate(upper_name=Upper("name"))
        if filters.sort_key == "ctas":
            live = FilteredRelation("ctas", condition=Q(ctas__closed_at=None))
            found = found.alias(live_ctas=live)
        if filters.sort_key != "name":
            found = found.annotate(sort_key=self._sort_key(filters.sort_key))
        return found.values_list(*(key.name for key in self._keys(filters)), named=True)

    def _sort_key(self, key: str) -> Combinable:
        running = runs_on(self.today, "subscriptions__")
        keys: Mapping[str, Combinable] = {
            "segment": F("segment"),
            "arr": Coalesce(Sum("subscriptions__arr", filter=running), Value(Decimal(0))),
            "renewal": Min("subscriptions__end_date", filter=running),
            "health": Subquery(self._current.values("score")[:1]),
            "change": self._change,
            "adopted": Subquery(self._current.values("use_cases_adopted")[:1]),
            "ctas": Count("live_ctas"),
            "data": Subquery(self._known.values("newest_recorded_at")[:1]),
        }
        return keys[key] if key in keys else self._component_rank(key)

    @property
    def _known(self) -> ScoreCardQuerySet:
        return cards.known(self.ranges).filter(account_id=OuterRef("pk")).order_by("-period")

    @property
    def _change(self) -> Combinable:
        before = cards.known(self.ranges).filter(
            account_id=OuterRef("account_id"), period__lt=OuterRef("period")
        )
        previous = Subquery(before.order_by("-period").values("score")[:1])
        return Subquery(self._current.values(change=F("score") - previous)[:1])

    def _component_rank(self, code: str) -> Combinable:
        rank = Case(
            When(letter="R", then=Value(0)),
            When(letter="Y", then=Value(1)),
            When(letter="G", then=Value(2)),
            output_field=IntegerField(),
        )
        return Subquery(self._current.annotate(letter=self._letter(code)).values(rank=rank)[:1])

    def totals(self, filters: Filters) -> Totals:
        """Accounts and ARR of all that is filtered, not of one page. Two queries."""
        found = self.filtered(filters).order_by()
        running = Subscription.objects.active_on(self.today).filter(account__in=found.values("pk"))
        arr = running.aggregate(arr=Sum("arr"))["arr"]
        return Totals(accounts=found.count(), arr=arr or Decimal(0))

    def rows(self, account_ids: Sequence[int], *, depth: int = cards.TREND_CARDS) -> list[Row]:
        """All that a page says of these accounts, in their order. Four queries."""
        accounts = Account.objects.select_related("csm").in_bulk(list(account_ids))
        standings = cards.standings(account_ids, self.ranges, now=self.now, depth=depth)
        running = self._running(account_ids)
        calls = _cta_counts(account_ids)
        return [
            self._row(
                accounts[pk],
                standing=standings.get(pk, cards.NOTHING_KNOWN),
                subscribed=running.get(pk, (Decimal(0), None)),
                cta_count=calls.get(pk, 0),
            )
            for pk in account_ids
            if pk in accounts
        ]

    def _running(self, account_ids: Iterable[int]) -> dict[int, tuple[Decimal, date | None]]:
        found = (
            Subscription.objects.active_on(self.today)
            .filter(account_id__in=list(account_ids))
            .order_by()
            .values_list("account_id")
            .annotate(arr=Sum("arr"), renews_on=Min("end_date"))
        )
        return {pk: (arr, renews_on) for pk, arr, renews_on in found}

    def _row(
        self,
        account: Account,
        *,
        standing: Standing,
        subscribed: tuple[Decimal, date | None],
        cta_count: int,
    ) -> Row:
        edition = self.editions[standing.card.edition_id] if standing.card else None
        arr, renews_on = subscribed
        return Row(
            account=account,
            arr=arr,
            renews_on=renews_on,
            standing=standing,
            cells=self._cells(standing.card, edition),
            use_case_count=sum(u.counts_as_use_case for u in edition.use_cases) if edition else 0,
            cta_count=cta_count,
            today=self.today,
        )

    def _cells(self, card: ScoreCard | None, edition: Edition | None) -> tuple[Cell, ...]:
        """Signs by code: another edition has its components in another order."""
        codes = [use_case.code for use_case in edition.use_cases] if edition else []
        letters = dict(zip(codes, card.component_colors if card else "", strict=False))
        return tuple(
            Cell(each.code, each.name, formats.color_word(letters.get(each.code, "")))
            for each in self.components
        )

    def export(self, filters: Filters) -> Iterator[Row]:
        """Every filtered account in the page's order, read in chunks."""
        found = self.ids(filters)
        for start in range(0, len(found), EXPORT_CHUNK):
            yield from self.rows(found[start : start + EXPORT_CHUNK], depth=EXPORT_DEPTH)

    def choices(self) -> Choices:
        """What the filters offer. Two queries."""
        seen = self.visible().order_by()
        triples = seen.values_list("segment", "region", "csm").distinct()
        segments, regions, csms = zip(*triples, strict=True) if triples else ((), (), ())
        return Choices(
            segments=sorted({*segments} - {""}),
            regions=sorted({*regions} - {""}),
            csms=list(User.objects.filter(pk__in={*csms} - {None})),
        )


@dataclass(frozen=True)
class Choices:
    segments: list[str]
    regions: list[str]
    csms: list[User]


def _place(edition: Edition, code: str) -> int:
    """Position of a component's letter, counted from 1 as SQL does."""
    return [use_case.code for use_case in edition.use_cases].index(code) + 1


def _cta_counts(account_ids: Iterable[int]) -> dict[int, int]:
    live = CallToAction.objects.live().filter(account_id__in=list(account_ids)).order_by()
    return dict(live.values_list("account_id").annotate(count=Count("pk")))
