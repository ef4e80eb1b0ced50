"""Trends of an account's components over 13 months, each with what is out of the ordinary in it."""

from __future__ import annotations

from dataclasses import dataclass

from playbooks.queries.account.frame import Frame
from playbooks.queries.account.months import book
from usage.queries import history
from usage.queries.history import Trend


@dataclass(frozen=True)
class UsagePage:
    trends: tuple[Trend, ...]

    @property
    def overall(self) -> Trend | None:
        return self.trends[0] if self.trends else None

    @property
    def components(self) -> tuple[Trend, ...]:
        return self.trends[1:]

    @property
    def unusual(self) -> list[tuple[Trend, history.Month]]:
        """What is marked in the newest month, of components and their measures."""
        shown = [each for trend in self.trends for each in (trend, *trend.parts)]
        return [(trend, trend.newest) for trend in shown if trend.newest.marks]


def usage_page(frame: Frame) -> UsagePage:
    """Two queries."""
    return UsagePage(history.trends(book(frame)))
