"""How an account's use of the product moves over time: key frames and what lies between. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

Frame = tuple[float, float]  # months before (negative) or after now, value
Curve = float | tuple[Frame, ...]

SIGNALS = (
    "users", "engagement", "scm", "ci", "deployers", "deploys", "success", "scan_users", "scans",
    "scanners", "jenkins",
)  # fmt: skip


@dataclass(frozen=True)
class Level:
    """How far one instance is used at one time.

    Shares of its seats (users) or of its users (engagement, scm, deployers, scan_users); builds and
    deployments per user; scans per pipeline; how many scanners; Jenkins' share of the projects.
    """

    users: float
    engagement: float
    scm: float
    ci: float
    deployers: float
    deploys: float
    success: float
    scan_users: float
    scans: float
    scanners: float
    jenkins: float


Curves = Mapping[str, Curve]

STRONG: Curves = {
    "users": 0.88, "engagement": 0.88, "scm": 0.62, "ci": 66, "deployers": 0.19, "deploys": 9.6,
    "success": 0.92, "scan_users": 0.31, "scans": 0.82, "scanners": 4, "jenkins": 0.04,
}  # fmt: skip
SOLID: Curves = {
    "users": 0.84, "engagement": 0.69, "scm": 0.47, "ci": 29, "deployers": 0.085, "deploys": 4.4,
    "success": 0.71, "scan_users": 0.12, "scans": 0.3, "scanners": 2, "jenkins": 0.12,
}  # fmt: skip
EARLY: Curves = {
    "users": 0.82, "engagement": 0.85, "scm": 0.52, "ci": 18, "deployers": 0.02, "deploys": 0.6,
    "success": 0.88, "scan_users": 0, "scans": 0, "scanners": 0, "jenkins": 0.28,
}  # fmt: skip


def at(curve: Curve, months: float) -> float:
    """The value at a time: straight between two frames, level before the first and after the last."""
    if isinstance(curve, int | float):
        return float(curve)
    before, value = curve[0]
    if months <= before:
        return value
    for after, following in curve[1:]:
        if months <= after:
            return value + (following - value) * (months - before) / (after - before)
        before, value = after, following
    return value


def fall(start: float, end: float, *, when: float, over: float = 0.7) -> Curve:
    """Steady, then down (or up) within so many months around a time, then steady."""
    return ((when - over / 2, start), (when + over / 2, end))


def dip(start: float, lowest: float, *, when: float, width: float = 1.6) -> Curve:
    """Down and back again."""
    half = width / 2
    quarter = half / 2
    return (
        (when - half, start),
        (when - quarter, lowest),
        (when + quarter, lowest),
        (when + half, start),
    )


def level(curves: Curves, months: float, *, seed: str, week: int) -> Level:
    """The level at a time, with what differs between instances and from one week to the next."""
    values = {
        signal: at(curves[signal], months)
        * (
            1
            + 0.025 * wobble(f"{seed}:{signal}")
            + _noise(signal) * wobble(f"{seed}:{signal}:{week}")
        )
        for signal in SIGNALS
    }
    return Level(**values | {"success": min(values["success"], 0.995)})


def _noise(signal: str) -> float:
    """Seats are taken and given back slowly; what people do differs more from week to week."""
    return 0.01 if signal == "users" else 0.035


def wobble(key: str) -> float:
    """A number from -1 to 1 that a key always gives."""
    return chance(key) * 2 - 1


def chance(key: str) -> float:
    """A number from 0 to 1 that a key always gives, on any machine and in any order."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
