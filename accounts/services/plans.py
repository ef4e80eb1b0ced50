from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max

from accounts.models import Plan

DEFAULT_PLANS = ("Free", "Premium", "Ultimate")


def load_defaults() -> int:
    """Make the plans that ship, lowest first, where there are no plans yet; return how many."""
    if Plan.objects.exists():
        return 0
    return len(Plan.objects.bulk_create(_ranked(DEFAULT_PLANS, first=0)))


def ensure(names: Iterable[str]) -> tuple[dict[str, int], list[str]]:
    """Return the ids of plans by their name in lower case, and the names that had to be made.

    A plan that is not known ranks above all others until somebody says better.
    """
    load_defaults()
    known = {plan.name.lower(): plan.pk for plan in Plan.objects.all()}
    unknown = {name.lower(): name for name in names if name.lower() not in known}
    highest = Plan.objects.aggregate(highest=Max("rank"))["highest"]
    made = Plan.objects.bulk_create(_ranked(unknown.values(), first=highest + 1))
    return known | {plan.name.lower(): plan.pk for plan in made}, [plan.name for plan in made]


def _ranked(names: Iterable[str], *, first: int) -> list[Plan]:
    return [Plan(name=name, rank=rank) for rank, name in enumerate(names, first)]
