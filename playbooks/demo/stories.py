"""The stories in the demo's book: what happens to an account, told by its curves. Pure.

Times are months before now (negative). Thresholds of the shipped edition lie well beside the steady
values, so that colours change where the story says so and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from playbooks.demo.curves import EARLY, SOLID, STRONG, Curve, Curves, dip, fall

NO_SCANS: Curves = {"scan_users": 0, "scans": 0, "scanners": 0}


@dataclass(frozen=True, kw_only=True)
class Plot:
    """One account's part in a story."""

    story: str
    plan: str = "Ultimate"
    delivery: str = "Self-Managed"
    seats: int = 420
    curves: Curves = field(default_factory=lambda: STRONG)
    age: float = 34
    """Months as a customer."""
    has_csm: bool = True
    renewal_in: int | None = None
    """Days to the end of its subscription; None: far away."""
    silent_since: float | None = None
    """When its instance sent the last payload."""
    moved_since: float | None = None
    """When it went to a new server, with a license that nobody recorded."""
    opted_out_since: float | None = None
    is_unmapped: bool = False
    is_cloned: bool = False
    staging: bool = False
    """A second, smaller installation that people test on."""
    saas_seats: int = 0
    """Seats of a second subscription, of a SaaS namespace."""


def _varied(i: int, **changed: Curve) -> Curves:
    """Strong, but for what no account in real life has: everything Green."""
    weaker: tuple[Curves, ...] = (
        {}, {"ci": 31}, {"deployers": 0.09, "deploys": 4.6}, {"engagement": 0.71},
        {"scan_users": 0.13, "scans": 0.3}, {"scm": 0.28, "engagement": 0.73},
    )  # fmt: skip
    return {**STRONG, **weaker[i % len(weaker)], **changed}


def _pick(values: Sequence[float], index: int) -> float:
    return values[index % len(values)]


def growth(i: int) -> Plot:
    low, high = _pick((0.79, 0.81, 0.84), i), _pick((0.93, 0.96, 0.9), i)
    grown: Curves = {
        "users": ((-12, low), (0, high)),
        "ci": ((-12, 47), (0, 66 + 3 * i)),
        "deploys": ((-12, 7.8), (0, 9.5 + i)),
    }
    curves = {**_varied(0 if i < 3 else i), **grown}
    is_scale = i >= 5
    plan = "Ultimate" if i % 2 == 0 else "Premium"
    return Plot(
        story="growth",
        plan=plan,
        delivery="SaaS" if i in {3, 6, 7} else "Dedicated" if i == 4 else "Self-Managed",
        seats=(640, 310, 1250, 420, 980, 60, 95, 45)[i % 8],
        curves=curves,
        age=26 + 7 * i,
        has_csm=not is_scale,
        renewal_in=74 if i == 1 else None,
        staging=i in {0, 2},
    )


def steady(i: int) -> Plot:
    curves = {**SOLID, "ci": (29, 24, 33, 52, 27, 18, 34, 22)[i % 8]}
    return Plot(
        story="steady",
        plan="Premium" if i % 3 else "Ultimate",
        delivery="SaaS" if i in {2, 6} else "Self-Managed",
        seats=(520, 240, 180, 760, 330, 70, 40, 110)[i % 8],
        curves=curves,
        age=18 + 9 * i,
        has_csm=i < 4,
        renewal_in=103 if i == 1 else None,
        staging=i == 3,
    )


def decline(i: int) -> Plot:
    late = _pick((0, 0.25, 0.9, 1.5, 2.2, 3.0), i)
    curves = {
        **STRONG,
        "engagement": ((-8.5 + late, 0.88), (0, 0.7)),
        "users": ((-7 + late, 0.92), (0.7 + late / 3, 0.66)),
        "scm": ((-6 + late, 0.55), (0, 0.37)),
        "ci": ((-7.5 + late, 59), (late, 16)),
        "deployers": ((-5 + late, 0.18), (1 + late / 2, 0.07)),
        "deploys": ((-5 + late, 9), (1 + late / 2, 3.1)),
    }
    return Plot(
        story="decline",
        plan="Ultimate" if i % 2 else "Premium",
        seats=(850, 1400, 260, 480, 610, 340)[i % 6],
        curves=curves,
        age=29 + 5 * i,
        renewal_in=(47, None, 88, None, 160, None)[i % 6],
        staging=i == 1,
    )


def migration(i: int) -> Plot:
    when = _pick((-0.55, -0.75, -0.45, -3.2), i)
    curves = {
        **STRONG,
        "ci": fall(63, 6.5, when=when),
        "deployers": fall(0.19, 0.022, when=when + 0.05),
        "deploys": fall(9.4, 0.7, when=when),
        "scm": fall(0.6, 0.25, when=when + 0.1),
        "jenkins": fall(0.04, 0.46, when=when),
        "scan_users": fall(0.3, 0.09, when=when + 0.1),
        "scans": fall(0.8, 0.22, when=when + 0.1),
    }
    seats = (1150, 540, 720, 390)[i % 4]
    return Plot(
        story="migration", seats=seats, curves=curves, age=31 + 6 * i,
        plan="Premium" if i == 1 else "Ultimate", renewal_in=118 if i == 0 else None,
        staging=i == 2,
    )  # fmt: skip


def shelfware(i: int) -> Plot:
    users = (0.34, 0.21, 0.45, fall(0.83, 0.41, when=-0.6, over=0.5))[i % 4]
    curves = {**EARLY, "users": users, "engagement": 0.44, "ci": (9, 4, 14, 22)[i % 4]}
    return Plot(
        story="shelfware", seats=(1200, 800, 300, 460)[i % 4], curves=curves, age=19 + 8 * i,
        plan="Premium" if i == 2 else "Ultimate", has_csm=i != 2,
        renewal_in=(61, None, None, 212)[i % 4],
    )  # fmt: skip


def onboarding(i: int) -> Plot:
    age = _pick((2.3, 1.3, 0.6, 4.6), i)
    reach = _pick((0.46, 0.31, 0.12, 0.085), i)
    curves = {
        **EARLY,
        "users": ((-age, 0.02), (0, reach)),
        "scm": ((-age, 0.05), (-age + 1.1, 0.08), (0, 0.41)),
        "ci": ((-age, 0.4), (-age + 1.4, 1.5), (0, 13)),
        "jenkins": 0.35,
    }
    return Plot(
        story="onboarding", seats=(560, 210, 900, 350)[i % 4], curves=curves, age=age,
        plan="Premium" if i % 2 else "Ultimate", delivery="SaaS" if i == 1 else "Self-Managed",
    )  # fmt: skip


def overuse(i: int) -> Plot:
    most = _pick((1.17, 1.09, 1.04), i)
    curves = _varied(i + 2, users=((-12, 0.86), (-1.5, most - 0.03), (0, most)))
    return Plot(
        story="overuse", seats=(380, 900, 150)[i % 3], curves=curves, age=22 + 11 * i,
        plan="Ultimate" if i == 0 else "Premium", delivery="SaaS" if i == 2 else "Self-Managed",
        renewal_in=55 if i == 1 else None,
    )  # fmt: skip


def silent(i: int) -> Plot:
    since = _pick((-2.2, -2.9, -2.4), i)
    return Plot(
        story="silent", seats=(470, 290, 130)[i % 3], curves=SOLID if i else STRONG,
        age=27 + 9 * i, silent_since=since, plan="Premium" if i else "Ultimate", has_csm=i < 2,
        renewal_in=39 if i == 1 else None,
    )  # fmt: skip


def unmapped(i: int) -> Plot:
    return Plot(
        story="unmapped", seats=(650, 220)[i % 2], curves=STRONG if i else SOLID, age=24 + 8 * i,
        is_unmapped=i == 0, moved_since=None if i == 0 else -1.6,
    )  # fmt: skip


def clone(i: int) -> Plot:
    return Plot(
        story="clone", seats=(310, 700)[i % 2], curves=_varied(i + 1), age=40 + i, is_cloned=True,
        plan="Premium" if i else "Ultimate",
    )  # fmt: skip


def scanning(i: int) -> Plot:
    when = _pick((-0.35, -0.6, -1.7, -0.3), i)
    curves = {
        **_varied(i),
        "scan_users": fall(0, 0.17, when=when),
        "scans": fall(0, 0.44, when=when),
        "scanners": fall(0, 3.2, when=when),
    }
    return Plot(
        story="scanning", plan="Premium", seats=(430, 260, 840, 170)[i % 4], curves=curves,
        age=21 + 6 * i, delivery="SaaS" if i == 3 else "Self-Managed",
    )  # fmt: skip


def beginning(i: int) -> Plot:
    when = _pick((-0.3, -0.7, -0.4), i)
    begins_cd = i % 2 == 0
    deploying: Curves = {
        "deployers": fall(0.02, 0.15, when=when), "deploys": fall(0.5, 8.2, when=when),
    }  # fmt: skip
    securing: Curves = {
        "scan_users": fall(0, 0.22, when=when), "scans": fall(0, 0.6, when=when),
        "scanners": fall(0, 3.3, when=when),
    }  # fmt: skip
    curves = {**EARLY, "success": 0.2 if begins_cd else 0.7}
    if begins_cd:
        curves["success"] = fall(0.2, 0.86, when=when)
    return Plot(
        story="beginning", seats=(360, 590, 240)[i % 3], age=14 + 5 * i,
        curves={**curves, **(deploying if begins_cd else securing)},
    )  # fmt: skip


def opted_out(i: int) -> Plot:
    return Plot(
        story="opted_out", seats=(940, 175)[i % 2], curves=_varied(i + 3), age=33 + i,
        opted_out_since=(-4.2, -1.2)[i % 2], plan="Ultimate" if i == 0 else "Premium",
        has_csm=i == 0,
    )  # fmt: skip


def dipping(i: int) -> Plot:
    when = _pick((-0.2, -3, -5.4, -8.2), i)
    curves = {**_varied(i + 2), "ci": dip(47, 31, when=when), "deploys": dip(8.2, 6.9, when=when)}
    return Plot(
        story="dipping", seats=(280, 410, 1020, 150)[i % 4], curves=curves, age=25 + 4 * i,
        plan="Premium" if i % 2 else "Ultimate",
    )  # fmt: skip


def recovered(i: int) -> Plot:
    when = _pick((-8.5, -6.3, -9.4, -5.2), i)
    curves = {
        **_varied(i + 2),
        "ci": dip(58, 12, when=when, width=3.6),
        "deployers": dip(0.18, 0.06, when=when + 0.3, width=3.4),
        "deploys": dip(9.2, 2.9, when=when + 0.3, width=3.4),
    }
    return Plot(
        story="recovered", seats=(520, 330, 1600, 230)[i % 4], curves=curves, age=38 + 3 * i,
        plan="Premium" if i == 1 else "Ultimate", staging=i == 2,
    )  # fmt: skip


def group(i: int) -> Plot:
    """A parent, then two children of it; twice."""
    curves = (STRONG, SOLID, decline(3).curves, SOLID, STRONG, shelfware(0).curves)[i % 6]
    return Plot(
        story="group", seats=(2200, 480, 350, 1500, 620, 270)[i % 6], curves=curves, age=44 - i,
        delivery="Dedicated" if i == 3 else "Self-Managed", saas_seats=180 if i in {0, 4} else 0,
        staging=i in {0, 3}, plan="Premium" if i in {2, 5} else "Ultimate",
        renewal_in=95 if i == 3 else None,
    )  # fmt: skip


def churned(i: int) -> Plot:
    curves = {**EARLY, "users": ((-9, 0.6), (-2, 0.18)), "ci": ((-9, 16), (-2, 1.1))}
    return Plot(story="churned", seats=190, curves=curves, age=25 + i, renewal_in=-48)


def cooling(i: int) -> Plot:
    when = _pick((-0.35, -0.5, -0.3, -0.6, -0.4, -0.45, -0.55, -0.25), i)
    faded: tuple[Curves, ...] = (
        {"ci": fall(57, 27, when=when), "engagement": fall(0.88, 0.68, when=when)},
        {"scm": fall(0.5, 0.23, when=when), "ci": fall(52, 30, when=when + 0.1)},
        {"deployers": fall(0.17, 0.08, when=when), "deploys": fall(8.8, 4, when=when)},
        {"users": fall(0.86, 0.61, when=when), "engagement": fall(0.9, 0.64, when=when)},
        {"scan_users": fall(0.3, 0.09, when=when), "scans": fall(0.8, 0.2, when=when)},
        {"engagement": fall(0.9, 0.41, when=when), "scm": fall(0.52, 0.24, when=when)},
        {"users": fall(0.84, 0.58, when=when), "ci": fall(49, 21, when=when)},
        {"ci": fall(55, 1.2, when=when, over=0.5), "deploys": fall(8.5, 1.1, when=when, over=0.5)},
    )
    return Plot(
        story="cooling", seats=(760, 230, 440, 1900, 620, 150, 980, 270)[i % 8],
        curves={**STRONG, **faded[i % len(faded)]}, age=17 + 5 * i,
        plan="Premium" if i in {1, 5} else "Ultimate", staging=i == 3,
        renewal_in=(None, None, 133, 82, None, None, None, 36)[i % 8],
    )  # fmt: skip


STORIES: dict[Callable[[int], Plot], int] = {
    migration: 4, cooling: 8, decline: 6, growth: 8, scanning: 4, onboarding: 4, overuse: 3,
    shelfware: 4, steady: 8, silent: 3, dipping: 4, unmapped: 2, beginning: 3, recovered: 4,
    clone: 2, opted_out: 2, churned: 1, group: 6,
}  # fmt: skip
"""How many accounts each story has in a whole book; groups come last, as their names do."""
GROUP_SIZE = 3


def plots(*, most_per_story: int | None = None) -> list[Plot]:
    """All parts of the book, or a smaller book with each of its stories; story by story."""
    found = []
    for story, count in STORIES.items():
        least = GROUP_SIZE if story is group else 1
        wanted = count if most_per_story is None else min(count, max(least, most_per_story))
        found += [story(i) for i in range(wanted)]
    return found
