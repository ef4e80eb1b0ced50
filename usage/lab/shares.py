"""What weights come to: of their composite, and of the overall score where all is available. Pure."""

from __future__ import annotations

from usage.scoring.edition import Edition

Pair = tuple[str, str]
"""A composite and what it weighs."""


def weight_shares(edition: Edition) -> dict[Pair, tuple[float, float]]:
    """Share of the composite and of the overall score, for each pair; 0 where nothing leads to it."""
    wholes = {edition.overall: 1.0} if edition.composites else {}
    found: dict[Pair, tuple[float, float]] = {}
    for composite in reversed(edition.composites):  # parents before their parts
        whole = wholes.get(composite.code, 0.0)
        total = sum(weight for _, weight in composite.weights)
        for child, weight in composite.weights:
            share = weight / total if total else 0.0
            found[composite.code, child] = share, share * whole
            wholes[child] = wholes.get(child, 0.0) + share * whole
    return found


def overall_shares(edition: Edition) -> dict[str, float]:
    """Part of each component and composite in the overall score, by its code."""
    found = {use_case.code: 0.0 for use_case in edition.use_cases}
    for (_, child), (_, overall) in weight_shares(edition).items():
        found[child] = found.get(child, 0.0) + overall
    return found
