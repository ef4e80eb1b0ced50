"""The accounts of a list, with what a page says of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Min, Sum
from django.db.models.functions import Upper

from accounts import formats
from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from accounts.models import Account, Subscription
from playbooks.queries.team.lists import AccountList
from playbooks.queries.team.scope import Scope
from usage.queries import cards
from usage.queries.cards import Standing

PAGE = 50
EXPORT_CHUNK = 500
KEYS = (Key("upper_name", str), Key("pk", int))


@dataclass(frozen=True)
class Row:
    account: Account
    arr: Decimal
    renews_on: date | None
    standing: Standing

    @property
    def health_text(self) -> str:
        return f"{formats.color_name(self.standing.color)} {formats.points(self.standing.score)}"


def page(scope: Scope, shown: AccountList, *, asked: Asked = FIRST) -> KeysetPage[Row]:
    """A page of a list by name. Four queries."""
    named = shown.accounts(scope).annotate(upper_name=Upper("name")).select_related("csm")
    found = page_of([named], KEYS, size=PAGE, asked=asked)
    return found.of(list(_rows(scope, found.object_list)))


def export(scope: Scope, shown: AccountList) -> Iterator[Row]:
    """Every account of a list by name, read in chunks."""
    named = shown.accounts(scope).annotate(upper_name=Upper("name"))
    ids = list(named.order_by("upper_name", "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), EXPORT_CHUNK):
        chunk = ids[start : start + EXPORT_CHUNK]
        found = Account.objects.select_related("csm").in_bulk(chunk)
        yield from _rows(scope, [found[pk] for pk in chunk if pk in found])


def _rows(scope: Scope, accounts: Sequence[Account]) -> Iterable[Row]:
    """Two queries."""
    ids = [account.pk for account in accounts]
    running = Subscription.objects.active_on(scope.today).filter(account__in=ids).order_by()
    totals = running.values_list("account").annotate(Sum("arr"), Min("end_date"))
    bought = {pk: (arr, renews_on) for pk, arr, renews_on in totals}
    standings = cards.standings(ids, scope.ranges, now=scope.now, depth=1)
    for account in accounts:
        arr, renews_on = bought.get(account.pk, (Decimal(0), None))
        standing = standings.get(account.pk, cards.NOTHING_KNOWN)
        yield Row(account, arr, renews_on, standing)
