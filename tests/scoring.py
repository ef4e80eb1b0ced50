"""Readings for the scoring core as frames, in memory: a test names only what it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from usage import scoring
from usage.scoring import Edition, Readings, frames
from usage.services import edition_files
from usage.services.editions import SHIPPED

OCTOBER = date(2026, 10, 1)
SCANS = "usage_activity_by_stage_monthly.secure.{}_scans"
SCANNERS = (
    "secret_detection", "dependency_scanning", "container_scanning", "dast", "sast",
    "coverage_fuzzing", "api_fuzzing",
)  # fmt: skip
BILLABLE = "license_billable_users"
ACTIVE = "redis_hll_counters.manage.unique_active_users_monthly"
GIT = "usage_activity_by_stage_monthly.create.action_monthly_active_users_project_repo"
BUILDS = "counts.count_total_create_ci_build_monthly"
PIPELINE_USERS = "usage_activity_by_stage_monthly.verify.ci_pipelines"
DEPLOYING = "usage_activity_by_stage_monthly.release.deployments"
DEPLOYMENTS = "counts_monthly.deployments"
SUCCESSFUL = "counts_monthly.successful_deployments"
FAILED = "counts_monthly.failed_deployments"
SCANNING = "usage_activity_by_stage_monthly.secure.user_unique_users_all_secure_scanners"
PIPELINES = "counts_monthly.ci_internal_pipelines"
ALL_SCANS = tuple(SCANS.format(scanner) for scanner in SCANNERS)

Metrics = Mapping[str, float | None]


def shipped(name: str) -> Edition:
    return edition_files.read(SHIPPED / f"{name}.yaml").edition


@dataclass(frozen=True)
class Sub:
    """A subscription and, of its account, what scoring reads."""

    id: int = 1
    account: int = 1
    plan: str = "Ultimate"
    arr: float = 1_000.0
    seats: float | None = 100.0
    since: date = date(2025, 1, 1)
    start: date = date(2025, 1, 1)
    end: date | None = None

    def row(self) -> tuple[Any, ...]:
        label = {"subscription": f"S{self.id}", "plan": self.plan, "arr": self.arr}
        seats = {"seats": None if self.seats is None else int(self.seats)}
        return (
            self.account, self.id, self.since, self.plan, self.arr, self.seats, self.start,
            self.end, json.dumps(label | seats)[1:-1],
        )  # fmt: skip


@dataclass(frozen=True)
class Inst:
    id: int = 1
    sub: int = 1
    kind: str = "Production"
    deployment: str = "Self-Managed"
    opted_out: bool = False

    def row(self) -> tuple[Any, ...]:
        label = {"instance": f"I{self.id}", "hostname": "", "deployment": self.deployment}
        return (
            self.id, self.sub, self.kind, self.deployment, self.opted_out, json.dumps(label)[1:-1],
        )  # fmt: skip


@dataclass(frozen=True)
class Snap:
    instance: int = 1
    metrics: Metrics = field(default_factory=lambda: {BILLABLE: 100})
    period: date = OCTOBER
    day: int = 28

    def row(self, keys: Sequence[str]) -> tuple[Any, ...]:
        at = datetime(self.period.year, self.period.month, self.day, 3, tzinfo=UTC)
        return (self.instance, self.period, at, *(self.metrics.get(key) for key in keys))


def frames_of(
    edition: Edition, subs: Iterable[Sub], insts: Iterable[Inst], snaps: Iterable[Snap]
) -> Readings:
    keys = edition.metric_keys
    return Readings(
        _frame([sub.row() for sub in subs], frames.SUBSCRIPTIONS),
        _frame([inst.row() for inst in insts], frames.INSTANCES),
        _frame([snap.row(keys) for snap in snaps], frames.snapshots_schema(edition)),
    )


def _frame(rows: list[tuple[Any, ...]], schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row", strict=False)


@dataclass(frozen=True)
class Row:
    """One account (or instance) of one month."""

    cells: Mapping[str, Any]
    edition: Edition

    def value(self, code: str) -> float | None:
        """Of a measure by its full code; of a component with one measure also by the component's."""
        if "." not in code:
            single = self.edition.use_case(code).single_measure
            assert single is not None
            code = f"{code}.{single.code}"
        return self._number(frames.value(code))

    def score(self, code: str) -> float | None:
        return self._number(frames.score(code))

    def color(self, code: str) -> str:
        """Of a component, a composite, or a measure by its full code; NA where it is not known."""
        return self.edition.color_of(self._number(self._judged(code))) or "NA"

    def _judged(self, code: str) -> str:
        return frames.points(code) if "." in code else frames.score(code)

    def _number(self, column: str) -> float | None:
        number = self.cells[column]
        return None if number is None else float(number)

    @property
    def evidence(self) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.cells["evidence"])
        return result

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]


def run(
    edition: Edition,
    subs: Iterable[Sub] = (Sub(),),
    insts: Iterable[Inst] = (Inst(),),
    snaps: Iterable[Snap] = (Snap(),),
    periods: Sequence[date] = (OCTOBER,),
) -> scoring.Scores:
    return scoring.score(frames_of(edition, subs, insts, snaps), edition, periods)


def account(
    edition: Edition,
    subs: Iterable[Sub] = (Sub(),),
    insts: Iterable[Inst] = (Inst(),),
    snaps: Iterable[Snap] = (Snap(),),
) -> Row:
    """The one account's October."""
    (cells,) = run(edition, subs, insts, snaps).accounts.iter_rows(named=True)
    return Row(cells, edition)


def judged(edition: Edition, metrics: Metrics, *, sub: Sub = Sub(), inst: Inst = Inst()) -> Row:
    """An account with one subscription and one instance that reported these metrics."""
    return account(edition, [sub], [inst], [Snap(metrics=metrics)])


def instances(scores: scoring.Scores, edition: Edition) -> dict[int, Row]:
    rows = scores.instances.iter_rows(named=True)
    return {row["instance_id"]: Row(row, edition) for row in rows}
