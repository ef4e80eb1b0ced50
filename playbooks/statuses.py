"""Which statuses are open, and which close a call to action of a type. Pure: the constraints of its table use it."""

from __future__ import annotations

OPEN = ("new", "in_progress")

OF_ANY_TYPE = (
    "success",
    "lost_not_a_priority",
    "already_solved",
    "not_relevant",
    "lack_of_engagement",
)
OF_ONE_TYPE = {
    "lifecycle": ("not_needed",),
    "objective": (
        "lost_competition",
        "lost_product_gaps",
        "lost_team_unengaged",
        "lost_no_value_seen",
        "lost_deferred",
        "lost_no_budget",
    ),
}


def closing_statuses(cta_type: str) -> tuple[str, ...]:
    """Which statuses close a call to action of a type, in the order a form shows them."""
    return (*OF_ANY_TYPE, *OF_ONE_TYPE.get(cta_type, ()))
