"""Explanations as plain text, for e-mail, the API and the terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from accounts import formats
from accounts.words import gettext
from usage.lab.attribution import COVERAGE, EDITION, WEIGHTS, Attribution, Part
from usage.lab.moves import standing
from usage.nodes import Node

INDENT = "  "
MOST_PARTS = 3
SHOWN_FROM = Fraction(1, 20)  # points; less is 0.0 in words


def tree_text(root: Node) -> str:
    """A tree, a line for each node, indented below its parent."""
    return "\n".join(_lines(root, 0))


def _lines(node: Node, depth: int) -> Iterator[str]:
    yield INDENT * depth + " · ".join(filter(None, _told(node, is_root=not depth)))
    for metric in node.metrics:
        reason = f" ({metric.reason})" if metric.reason else ""
        yield f"{INDENT * (depth + 1)}{metric.key} = {metric.text}{reason}"
    for child in node.children:
        yield from _lines(child, depth + 1)


def _told(node: Node, *, is_root: bool) -> Iterator[str]:
    yield f"{node.label}: {_standing(node)}"
    if not is_root and node.weight_share is not None:
        yield f"weight {formats.share(node.weight_share)}"
    if not is_root and node.contribution is not None:
        is_value = node.score is None
        adds = formats.number if is_value else formats.points_exact
        yield f"adds {adds(node.contribution)}"
    yield node.text
    yield node.reason
    if node.edition:
        snapshot = f"snapshot {node.snapshot} of" if node.snapshot is not None else "snapshot of"
        yield f"{snapshot} {node.recorded_at}"
        yield f"edition {node.edition}"


def _standing(node: Node) -> str:
    if node.score is not None:
        return f"{node.color} {formats.points_exact(node.score)}"
    return node.color


def change_sentence(found: Attribution) -> str:
    """The movement and what weighed most in it, in one sentence."""
    told = [_in_a_sentence(part) for part in found.parts[:MOST_PARTS]]
    told += found.notes if found.difference is None else ()
    reasons = "; ".join(told)
    return f"{headline(found)}: {reasons}" if reasons else headline(found)


def _in_a_sentence(part: Part) -> str:
    return f"{part.name} {part.text}".strip()


def moved_by(found: Attribution) -> str:
    """The largest causes of a movement in one sentence, with their points and without what was reported.

    As in: Moved by Builds per user (+ 25.0 points). Empty where nothing moved it, or a month is NA.
    """
    told = [_cause(part) for part in found.parts[:MOST_PARTS] if abs(part.points) >= SHOWN_FROM]
    return gettext("Moved by %(causes)s.") % {"causes": ", ".join(told)} if told else ""


def _cause(part: Part) -> str:
    words = {"cause": _named(part), "points": formats.signed(float(part.points), 1)}
    return gettext("%(cause)s (%(points)s points)") % words


def _named(part: Part) -> str:
    if part.code == WEIGHTS:
        return gettext("weights that are handed on")
    if part.kind == COVERAGE:
        return gettext("what is known of %(name)s") % {"name": part.name}
    if part.kind == EDITION:
        return gettext("the change of edition %(name)s") % {"name": part.name}
    return part.name


def headline(found: Attribution) -> str:
    """The movement alone: "CD fell from Green 88 to Red 25"."""
    before = standing(found.former_color, found.former)
    after = standing(found.later_color, found.later)
    difference = found.difference
    if difference is None:
        return f"{found.name} was {before} and is {after}"
    if not difference:
        stays = before if before == after else f"{after}, was {before}"
        return f"{found.name} stays {stays}"
    return f"{found.name} {'rose' if difference > 0 else 'fell'} from {before} to {after}"


def change_text(found: Attribution) -> str:
    """The movement with all its parts, a line each; their points sum to the difference."""
    lines = [headline(found)]
    lines += [_part_line(part) for part in found.parts]
    lines += [INDENT + note for note in found.notes]
    return "\n".join(lines)


def _part_line(part: Part) -> str:
    text = f": {part.text}" if part.text else ""
    return f"{INDENT}{formats.signed(float(part.points), 2)} {part.kind} · {part.name}{text}"
