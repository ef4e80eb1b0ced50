"""The family of an account: the accounts above and below it, with what they are together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from accounts import formats
from accounts.models import Account, Subscription, User
from playbooks.models import CallToAction
from playbooks.queries.account.frame import Frame, known_sum
from usage.queries import cards
from usage.queries.cards import Standing

DEEPEST = 10  # generations upwards, and as many downwards
DEEPEST_SHOWN = 5
MOST = 200  # accounts of a family that are shown and summed
COLORS = ("Green", "Yellow", "Red", formats.NA)

# Walks through visible accounts alone: what lies behind one that is not visible is not found either.
# A ring of parents ends at the deepest generation.
FAMILY = """
WITH RECURSIVE up (id, parent_id, depth) AS (
    SELECT a.id, a.parent_id, 0 FROM accounts_account a WHERE a.id = %s
  UNION ALL
    SELECT a.id, a.parent_id, up.depth + 1 FROM up JOIN accounts_account a ON a.id = up.parent_id
    WHERE up.depth < {deepest} AND a.id <> %s AND {visible}
), top AS (
    SELECT id FROM up ORDER BY depth DESC LIMIT 1
), down (id, parent_id, depth) AS (
    SELECT id, CAST(NULL AS bigint), 0 FROM top
  UNION ALL
    SELECT a.id, a.parent_id, down.depth + 1 FROM down JOIN accounts_account a ON a.parent_id = down.id
    WHERE down.depth < {deepest_down} AND {visible}
)
SELECT id, parent_id, depth FROM down ORDER BY depth, id LIMIT {most}
"""


@dataclass(frozen=True)
class Sums:
    """What one account has, or a whole branch."""

    accounts: int
    arr: Decimal
    seats: int | None
    colors: Mapping[str, int]
    cta_count: int

    @property
    def shown_colors(self) -> list[tuple[str, int]]:
        return [(color, self.colors[color]) for color in COLORS if self.colors.get(color)]


@dataclass(frozen=True)
class Relative:
    account: Account
    depth: int
    color: str
    score: float | None
    own: Sums
    branch: Sums  # it and all that are below it
    is_self: bool = False

    @property
    def shown_depth(self) -> int:
        """No deeper than a page is wide."""
        return min(self.depth, DEEPEST_SHOWN)

    @property
    def health_text(self) -> str:
        return (
            f"{formats.color_name(self.color)} {formats.points(self.score)}"
            if self.score is not None
            else self.color
        )


@dataclass(frozen=True)
class Family:
    relatives: tuple[Relative, ...]  # each before those below it
    is_cut: bool

    @property
    def total(self) -> Sums | None:
        return self.relatives[0].branch if self.relatives else None

    @property
    def is_alone(self) -> bool:
        return len(self.relatives) < 2


@dataclass
class _Branch:
    pk: int
    depth: int
    children: list[_Branch] = field(default_factory=list)


def family(frame: Frame, *, user: User) -> Family:
    """The visible family of an account, with sums for each branch. Five queries."""
    root, is_cut = _tree(frame.account.pk, user)
    ids = [branch.pk for branch in _walk(root)]
    standings = cards.standings(ids, frame.ranges, now=frame.now, depth=1)
    owns = _owns(ids, standings, today=frame.today)
    found = Account.objects.select_related("csm").in_bulk(ids)
    sums: dict[int, Sums] = {}
    _add_up(root, owns, sums)
    relatives = []
    for branch in _walk(root):
        if branch.pk not in found:
            continue
        standing = standings.get(branch.pk, cards.NOTHING_KNOWN)
        relatives.append(
            Relative(
                account=found[branch.pk],
                depth=branch.depth,
                color=standing.color,
                score=standing.score,
                own=owns[branch.pk],
                branch=sums[branch.pk],
                is_self=branch.pk == frame.account.pk,
            )
        )
    return Family(tuple(relatives), is_cut=is_cut)


# --- The tree ---------------------------------------------------------------------------------------


def _tree(account_id: int, user: User) -> tuple[_Branch, bool]:
    """The visible family from its topmost account down. One query."""
    visible, params = _visible(user)
    statement = FAMILY.format(
        visible=visible, deepest=DEEPEST, deepest_down=2 * DEEPEST, most=MOST + 1
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [account_id, account_id, *params, *params])
        rows = cursor.fetchall()
    branches: dict[int, _Branch] = {}
    for pk, parent_id, depth in rows[:MOST]:
        if pk in branches:  # a ring
            continue
        branches[pk] = _Branch(pk, depth)
        if parent_id in branches:
            branches[parent_id].children.append(branches[pk])
    root = next(iter(branches.values()))
    if account_id not in branches:  # the family is larger than what is shown
        root.children.append(_Branch(account_id, 1))
    return root, len(rows) > MOST


def _visible(user: User) -> tuple[str, tuple[Any, ...]]:
    """A condition on `a`, in SQL."""
    if user.sees_all:
        return "1 = 1", ()
    seen = Account.objects.visible_to(user).order_by().values("pk")
    sql, params = seen.query.get_compiler(connection=connection).as_sql()
    return f"a.id IN ({sql})", tuple(params)


def _walk(branch: _Branch) -> Iterator[_Branch]:
    yield branch
    for child in branch.children:
        yield from _walk(child)


# --- Sums -------------------------------------------------------------------------------------------


def _owns(ids: list[int], standings: Mapping[int, Standing], *, today: date) -> dict[int, Sums]:
    """What each account has by itself. Two queries."""
    running = Subscription.objects.active_on(today).filter(account__in=ids).order_by()
    bought = {
        pk: (arr, seats)
        for pk, arr, seats in running.values_list("account").annotate(Sum("arr"), Sum("seats"))
    }
    live = CallToAction.objects.live().filter(account__in=ids).order_by()
    calls = dict(live.values_list("account").annotate(Count("pk")))
    owns = {}
    for pk in ids:
        arr, seats = bought.get(pk, (Decimal(0), None))
        color = standings.get(pk, cards.NOTHING_KNOWN).color
        owns[pk] = Sums(1, arr, seats, {color: 1}, calls.get(pk, 0))
    return owns


def _add_up(branch: _Branch, owns: Mapping[int, Sums], sums: dict[int, Sums]) -> Sums:
    below = [_add_up(child, owns, sums) for child in branch.children]
    sums[branch.pk] = together([owns[branch.pk], *below])
    return sums[branch.pk]


def together(parts: Iterable[Sums]) -> Sums:
    parts = list(parts)
    return Sums(
        accounts=sum(part.accounts for part in parts),
        arr=sum((part.arr for part in parts), Decimal(0)),
        seats=known_sum(part.seats for part in parts),
        colors={color: sum(part.colors.get(color, 0) for part in parts) for color in COLORS},
        cta_count=sum(part.cta_count for part in parts),
    )
