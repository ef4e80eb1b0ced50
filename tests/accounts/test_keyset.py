"""Pages by key: each row once, in order, forwards and backwards, wherever values are alike or missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from django.db.models import Value

from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from accounts.models import Subscription
from tests.factories import make_subscription

pytestmark = pytest.mark.django_db

PK = Key("pk", int)
ENDS = Key("end_date", date.fromisoformat, is_nullable=True)
SEATS = Key("seats", int)
ORDERS = {
    "unique": (PK,),
    "one way": (SEATS, PK),
    "falling": (Key("seats", int, is_descending=True), Key("pk", int, is_descending=True)),
    "both ways": (SEATS, Key("arr", float, is_descending=True), PK),
    "a long way together": (SEATS, Key("start_date", date.fromisoformat), ENDS, PK),
    "unknown last": (ENDS, PK),
    "unknown last, falling": (replace(ENDS, is_descending=True), PK),
}
every_order = pytest.mark.parametrize("keys", ORDERS.values(), ids=ORDERS)


@pytest.fixture
def rows(db: None) -> None:
    for number in range(9):
        make_subscription(
            seats=number % 3,
            arr=number % 2,
            end_date=None if number % 4 == 0 else date(2027, 1 + number % 3, 1),
        )


def page(keys: tuple[Key, ...], asked: Asked = FIRST, *, size: int = 2) -> KeysetPage[Subscription]:
    return page_of([Subscription.objects.all()], keys, size=size, asked=asked)


def pages(keys: tuple[Key, ...]) -> list[KeysetPage[Subscription]]:
    found = [page(keys)]
    while found[-1].next:
        found.append(page(keys, Asked(after=found[-1].next)))
    return found


def whole(keys: tuple[Key, ...]) -> list[Subscription]:
    return list(Subscription.objects.order_by(*(key.order for key in keys)))


@pytest.mark.usefixtures("rows")
@every_order
def test_each_row_is_on_one_page_in_order(keys: tuple[Key, ...]) -> None:
    listed = [row for each in pages(keys) for row in each.object_list]
    assert listed == whole(keys)


@pytest.mark.usefixtures("rows")
@every_order
def test_the_way_back_leads_to_the_page_one_came_from(keys: tuple[Key, ...]) -> None:
    for earlier, later in pairwise(pages(keys)):
        assert page(keys, Asked(before=later.previous)) == earlier


@pytest.mark.usefixtures("rows")
def test_a_page_says_which_rows_it_has() -> None:
    places = [(each.start_index, each.end_index) for each in pages((PK,))]
    assert places == [(1, 2), (3, 4), (5, 6), (7, 8), (9, 9)]


@pytest.mark.usefixtures("rows")
def test_a_page_of_all_has_no_others() -> None:
    assert not page((PK,), size=9).has_other_pages
    assert page((PK,), size=8).has_other_pages


@pytest.mark.usefixtures("rows")
def test_one_that_came_meanwhile_moves_nothing() -> None:
    first = page((SEATS, PK))
    make_subscription(seats=0, end_date=None)
    second = page((SEATS, PK), Asked(after=first.next))
    assert not set(first.object_list) & set(second.object_list)


@pytest.mark.usefixtures("rows")
@every_order
def test_lists_without_a_row_in_common_page_as_one(keys: tuple[Key, ...]) -> None:
    odd = Subscription.objects.filter(pk__in=[row.pk for row in whole((PK,))[::2]])
    lists = [odd, Subscription.objects.exclude(pk__in=odd.values("pk"))]
    found = page_of(lists, keys, size=4)
    back = page_of(lists, keys, size=4, asked=Asked(before=found.next))
    following = page_of(lists, keys, size=4, asked=Asked(after=found.next))
    assert found.object_list + following.object_list == whole(keys)[:8]
    assert back.object_list == found.object_list[:-1]  # before the last one


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("made_up", ["x", "1", "WzFd:1tq:abc", "%00", "é" * 9])
def test_a_made_up_place_gives_the_first_page(made_up: str) -> None:
    assert page((PK,), Asked(after=made_up)) == page((PK,))
    assert page((PK,), Asked(before=made_up)) == page((PK,))


@pytest.mark.usefixtures("rows")
def test_a_place_in_another_order_gives_the_first_page() -> None:
    elsewhere = page((SEATS, PK)).next
    assert page((PK,), Asked(after=elsewhere)) == page((PK,))


@pytest.mark.usefixtures("rows")
def test_a_place_where_nothing_is_left_gives_the_first_page() -> None:
    last = page((PK,), size=8)
    Subscription.objects.filter(pk__gt=last.object_list[-1].pk).delete()
    assert page((PK,), Asked(after=last.next), size=8) == page((PK,), size=8)
    following = page((PK,), Asked(after=page((PK,)).next))
    Subscription.objects.filter(pk__lt=following.object_list[0].pk).delete()
    assert page((PK,), Asked(before=following.previous)) == page((PK,))


@pytest.mark.usefixtures("rows")
def test_what_is_worked_out_can_be_a_key() -> None:
    rows = Subscription.objects.annotate(same=Value(1)).values_list("same", "pk", named=True)
    keys = (Key("same", int), PK)
    first = page_of([rows], keys, size=5)
    second = page_of([rows], keys, size=5, asked=Asked(after=first.next))
    assert [row.pk for row in (*first.object_list, *second.object_list)] == [
        row.pk for row in whole((PK,))
    ]
