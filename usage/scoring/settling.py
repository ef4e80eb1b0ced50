"""When a lower colour counts as a drop: it has stood long enough, far enough, and was not one before.

Each month is judged by walking its account's known months up to it, oldest first, over a fixed number
of months: so a month says the same whichever months it is scored with. Up to one month may be NA
between two known ones; after two, what came before is forgotten.

- With a margin the settled colour follows a better one at once, and a worse one only as far as the
  value lies beyond the bound by the margin.
- The held colour is the best settled one of the last `hold_months` known months. A drop is a month
  whose held colour is below that of the known month before.
- An episode begins with a drop and ends when the held colour has been back where it fell from for
  `recovery_months` known months. Within it a drop to a new low is news; another one repeats.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from usage.scoring.edition import UseCase

GAP_MONTHS = 2  # between two known months that are compared
MOST_HOLD_MONTHS = 6
FOLLOWED_MONTHS = (
    GAP_MONTHS * MOST_HOLD_MONTHS
)  # back from a month, where there is a margin or an episode


def has_memory(use_case: UseCase) -> bool:
    """Whether more than the months that must hold decides a drop."""
    return use_case.exit_margin > 0 or use_case.recovery_months > 0


def followed_months(use_case: UseCase) -> int:
    return FOLLOWED_MONTHS if has_memory(use_case) else GAP_MONTHS * use_case.hold_months


class Walk:
    """Known months of accounts (account_id, period, rank, lenient, value), each with those before it.

    Lag 0 is the month itself, lag 1 the known month before it, and so on, within the months followed.
    """

    def __init__(self, known: pl.DataFrame, use_case: UseCase) -> None:
        self.use_case = use_case
        self.lags = FOLLOWED_MONTHS if has_memory(use_case) else use_case.hold_months
        month = pl.col("period").dt.year() * 12 + pl.col("period").dt.month()
        rows = known.sort("account_id", "period").with_columns(month=month)
        self.rows = rows.with_columns(
            lag.alias(f"{name}_{number}")
            for number in range(self.lags + 1)
            for name, lag in self._lagged(number)
        ).with_columns(
            self._linked(number).alias(f"linked_{number}") for number in range(self.lags)
        )

    def _lagged(self, number: int) -> list[tuple[str, pl.Expr]]:
        followed = followed_months(self.use_case)
        is_own = pl.col("account_id") == pl.col("account_id").shift(number)
        is_near = pl.col("month") - pl.col("month").shift(number) <= followed
        names = ("rank", "lenient", "value", "period", "month")
        return [
            (name, pl.when(is_own & is_near).then(pl.col(name).shift(number))) for name in names
        ]

    def _linked(self, number: int) -> pl.Expr:
        """Whether the month of a lag is compared with the known one before it."""
        gap = pl.col(f"month_{number}") - pl.col(f"month_{number + 1}")
        return (gap <= GAP_MONTHS).fill_null(value=False)

    def falls(self, periods: Collection[date] | None) -> pl.DataFrame:
        """Rows of the drops, in `periods` or in all: from_rank, to_rank, from_period, from_value,
        repeats."""
        if periods is not None:
            self.rows = self.rows.filter(pl.col("period").is_in(periods))
        self._settle()
        self._hold()
        rows = self.rows.filter(pl.col("fell_0"))
        last = self.use_case.hold_months  # the month that held it up until now
        return rows.with_columns(
            from_rank=pl.col("held_1"),
            to_rank=pl.col("held_0"),
            from_period=pl.col(f"period_{last}"),
            from_value=pl.col(f"value_{last}"),
            repeats=_Episodes(rows, self.lags, self.use_case.recovery_months).repeats(),
        )

    def _settle(self) -> None:
        """Adds the settled rank of each lag, oldest first."""
        before = pl.lit(None, dtype=pl.Int8)
        for number in range(self.lags, -1, -1):
            rank, lenient = pl.col(f"rank_{number}"), pl.col(f"lenient_{number}")
            if self.use_case.exit_margin and number < self.lags:
                followed = pl.max_horizontal(rank, pl.min_horizontal(before, lenient))
                rank = pl.when(pl.col(f"linked_{number}")).then(followed).otherwise(rank)
            self.rows = self.rows.with_columns(rank.alias(f"settled_{number}"))
            before = pl.col(f"settled_{number}")

    def _hold(self) -> None:
        """Adds the held rank of each lag, and whether it fell against the known month before."""
        self.rows = self.rows.with_columns(
            self._held(number).alias(f"held_{number}") for number in range(self.lags + 1)
        ).with_columns(
            (pl.col(f"linked_{n}") & (pl.col(f"held_{n}") < pl.col(f"held_{n + 1}"))).alias(
                f"fell_{n}"
            )
            for n in range(self.lags)
        )

    def _held(self, number: int) -> pl.Expr:
        best = pl.col(f"settled_{number}")
        is_linked = pl.lit(value=True)
        last = min(number + self.use_case.hold_months - 1, self.lags)
        for other in range(number + 1, last + 1):
            is_linked = is_linked & pl.col(f"linked_{other - 1}")
            best = pl.max_horizontal(best, pl.when(is_linked).then(pl.col(f"settled_{other}")))
        return best


class _Episodes:
    """Follows the episodes of drops from the oldest lag to the month itself."""

    def __init__(self, rows: pl.DataFrame, lags: int, recovery_months: int) -> None:
        self.rows = rows.with_columns(
            origin=pl.lit(None, dtype=pl.Int8),  # the rank that an open episode fell from
            low=pl.lit(None, dtype=pl.Int8),
            low_period=pl.lit(None, dtype=pl.Date),
            stood=pl.lit(0),  # known months in a row back where it fell from
            repeats=pl.lit(None, dtype=pl.Date),
        )
        self.lags, self.recovery_months = lags, recovery_months

    def repeats(self) -> pl.Series:
        if self.recovery_months:
            for number in range(self.lags - 1, -1, -1):
                self._recover(number)
                self._fall(number)
        return self.rows["repeats"]

    def _recover(self, number: int) -> None:
        held = pl.col(f"held_{number}")
        is_back = pl.col("origin").is_not_null() & (held >= pl.col("origin"))
        stood = pl.when(is_back).then(pl.col("stood") + 1).when(held.is_not_null()).then(0)
        self.rows = self.rows.with_columns(stood=stood.otherwise(pl.col("stood"))).with_columns(
            origin=pl.when(pl.col("stood") < self.recovery_months).then(pl.col("origin"))
        )

    def _fall(self, number: int) -> None:
        fell, held = pl.col(f"fell_{number}").fill_null(value=False), pl.col(f"held_{number}")
        is_open = pl.col("origin").is_not_null()
        is_news = fell & (~is_open | (held < pl.col("low")))
        self.rows = self.rows.with_columns(
            origin=pl.when(fell & ~is_open)
            .then(pl.col(f"held_{number + 1}"))
            .otherwise(pl.col("origin")),
            stood=pl.when(fell & ~is_open).then(0).otherwise(pl.col("stood")),
            low=pl.when(is_news).then(held).otherwise(pl.col("low")),
            low_period=pl.when(is_news)
            .then(pl.col(f"period_{number}"))
            .otherwise(pl.col("low_period")),
            repeats=pl.when(fell & ~is_news).then(pl.col("low_period")),
        )
