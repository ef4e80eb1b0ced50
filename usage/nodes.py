"""The lines of an explanation. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from usage.facts import Metric


@dataclass(frozen=True)
class Node:
    """One line of the tree.

    `weight_share` is its effective weight in the parent (0-1, after redistribution; None: it does not
    count), `contribution` what it adds to the parent's number; `reason` says why it is NA. A measure of
    one instance names the `edition` whose thresholds it met and, where facts are told, the snapshot that
    it was read from and its `metrics`.
    """

    code: str
    label: str
    color: str
    score: float | None = None
    value: float | None = None
    weight_share: float | None = None
    contribution: float | None = None
    text: str = ""
    reason: str = ""
    edition: str = ""
    recorded_at: str = ""
    snapshot: int | None = None
    metrics: tuple[Metric, ...] = ()
    children: tuple[Node, ...] = ()


def times(share: float | None, value: float | None) -> float | None:
    return None if share is None or value is None else share * value
