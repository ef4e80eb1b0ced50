"""Takes payloads in, a batch a transaction; what cannot be taken in is kept as rejected rows.

lines ──parse──> payloads ──resolve──> instances ──compare──> RawPayload, Snapshot ──> score job
        └──────> rejected rows              └── of nobody yet: stored all the same, unmapped
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from django.db import OperationalError, transaction

from accounts.errors import FileUnusable, RowRejected
from accounts.lines import Line
from accounts.models import ErasedKey, Job
from accounts.rows import Rejection
from accounts.services import tombstones
from usage import ingest
from usage.ingest import Identity, KeyPaths, Payload
from usage.models import RejectedRow
from usage.services import instances, labels, mapping, metrics, payloads, rejections, rescoring
from usage.services.instances import Reporter
from usage.services.payloads import Novelty

Kind = ErasedKey.Kind

logger = logging.getLogger(__name__)
T = TypeVar("T")

DEADLOCK = "40P01"  # as PostgreSQL says it
MOST_ATTEMPTS = 5
ERASED = RowRejected("uuid", tombstones.REASON)
NAMESPACE = RowRejected("uuid", "is that of a SaaS namespace, whose hostname this is")
LINES_PER_BATCH = 2_000
BYTES_PER_BATCH = 8 * 1024 * 1024


class Result(StrEnum):
    ACCEPTED = "accepted"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    UNMAPPED = "unmapped"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one line; of a rejected one, which field and why."""

    line: int
    result: Result
    field: str = ""
    reason: str = ""


def batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Group lines so that neither their number nor their bytes fill the memory.

    Where the file ends in an error, what was read before comes first.
    """
    batch: list[Line] = []
    size = 0
    try:
        for line in lines:
            batch.append(line)
            size += len(line.text)
            if len(batch) >= LINES_PER_BATCH or size >= BYTES_PER_BATCH:
                yield batch
                batch, size = [], 0
    except FileUnusable:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


class Ingestion:
    """One run: reads once what is tracked and optional, stores batches, labels at its end."""

    def __init__(self, *, source: str, now: datetime) -> None:
        self.source = source
        self.now = now
        self.jobs: dict[int, Job] = {}
        self._tracked = KeyPaths(metrics.tracked_key_paths())
        self._optional = KeyPaths(metrics.optional_key_paths())
        self._subscription_ids: set[int] = set()

    def store(self, lines: Sequence[Line], *, keeps_rejected: bool = True) -> list[RowResult]:
        """Store one batch in one transaction, with the job that scores it; a result per line."""
        parsed = [(line, self._parse(line)) for line in lines]
        results, bad = self._whole(lambda: self._store(parsed, keeps_rejected=keeps_rejected))
        rejected = [RowResult(row.line, Result.REJECTED, row.field, row.reason) for row in bad]
        return sorted(results + rejected, key=lambda result: result.line)

    def finish(self) -> list[Job]:
        """Let the rules label what has reported; return the jobs to wake a worker for."""
        self._whole(self._label)
        return list(self.jobs.values())

    def _whole(self, work: Callable[[], T]) -> T:
        """Do it in one transaction; once more where another process stood in the way.

        Mappings, imports and labels by hand hold the same rows; the one that the database gives up
        has stored nothing and may begin again.
        """
        for attempt in range(1, MOST_ATTEMPTS + 1):
            jobs = dict(self.jobs)
            try:
                with transaction.atomic():
                    return work()
            except OperationalError as error:
                self.jobs = jobs  # the others were not stored
                if attempt == MOST_ATTEMPTS or not _is_deadlock(error):
                    raise
                logger.warning("A deadlock in %s: attempt %d begins.", self.source, attempt + 1)
        raise AssertionError("the last attempt returns or raises")

    def _label(self) -> None:
        labelled = labels.apply_rules(subscription_ids=self._subscription_ids, now=self.now)
        self._note(rescoring.request_all_periods(account_ids=labelled, now=self.now))

    def _store(
        self, parsed: Sequence[tuple[Line, Payload | Rejection]], *, keeps_rejected: bool
    ) -> tuple[list[RowResult], list[Rejection]]:
        good = [(line, item) for line, item in parsed if isinstance(item, Payload)]
        bad = [item for _, item in parsed if isinstance(item, Rejection)]
        results, refused = self._store_payloads(good)
        bad += refused
        if keeps_rejected:
            kind = RejectedRow.Kind.SERVICE_PING
            rejections.store(bad, kind=kind, source=self.source, now=self.now)
        return results, bad

    def _parse(self, line: Line) -> Payload | Rejection:
        try:
            if line.is_cut:
                raise RowRejected("", "is longer than any payload may be")
            return ingest.parse(line.text, key_paths=self._tracked, now=self.now)
        except RowRejected as error:
            return _rejection(line, error)

    def _store_payloads(
        self, rows: Sequence[tuple[Line, Payload]]
    ) -> tuple[list[RowResult], list[Rejection]]:
        if not rows:
            return [], []
        rows, refused = _without_erased(rows)
        reporters = self._reporters([payload for _, payload in rows])
        refused += [
            _rejection(line, NAMESPACE) for line, row in rows if row.identity not in reporters
        ]
        rows = [(line, payload) for line, payload in rows if payload.identity in reporters]
        stored = [
            (reporters[payload.identity], self._withheld(payload, reporters[payload.identity]))
            for _, payload in rows
        ]
        novelties = payloads.store(stored, now=self.now)
        self._note(self._request_scores(zip(stored, novelties, strict=True)))
        results = [
            RowResult(line.number, _result(novelty, reporter))
            for (line, _), (reporter, _), novelty in zip(rows, stored, novelties, strict=True)
        ]
        return results, refused

    def _reporters(self, batch: Sequence[Payload]) -> Mapping[Identity, Reporter]:
        """Find or make the instances, and map those whose license is known by now."""
        reporters = instances.resolve(batch, now=self.now)
        newest: dict[int, Payload] = {}
        for payload in batch:
            reporter = reporters.get(payload.identity)
            if reporter is None or reporter.account_id is not None:
                continue
            if reporter.pk not in newest or payload.recorded_at > newest[reporter.pk].recorded_at:
                newest[reporter.pk] = payload
        account_ids = mapping.map_reported_licenses(newest, now=self.now)
        if account_ids:
            self._note(rescoring.request_all_periods(account_ids=account_ids, now=self.now))
            reporters = instances.find(reporters)
        self._subscription_ids.update(
            reporter.subscription_id
            for reporter in reporters.values()
            if reporter.subscription_id is not None
        )
        return reporters

    def _withheld(self, payload: Payload, reporter: Reporter) -> Payload:
        if reporter.shares_optional_data is False:
            return ingest.withhold(payload, self._optional)
        return payload

    def _request_scores(
        self, stored: Iterable[tuple[tuple[Reporter, Payload], Novelty]]
    ) -> Job | None:
        months = {
            (reporter.account_id, payload.period)
            for (reporter, payload), novelty in stored
            if reporter.account_id is not None and novelty is not Novelty.KNOWN
        }
        return rescoring.request_months(months, now=self.now)

    def _note(self, job: Job | None) -> None:
        if job is not None:
            self.jobs[job.pk] = job


def _without_erased(
    rows: Sequence[tuple[Line, Payload]],
) -> tuple[list[tuple[Line, Payload]], list[Rejection]]:
    """Refuse payloads of instances and licences of erased accounts; their text is not kept."""
    gone = tombstones.erased(
        {
            Kind.INSTANCE: [row.identity.external_id for _, row in rows],
            Kind.LICENSE: [
                hash_ for _, row in rows for hash_ in (row.license_md5, row.license_sha256)
            ],
        }
    )
    kept, refused = [], []
    for line, row in rows:
        if gone.isdisjoint(
            {
                (Kind.INSTANCE, row.identity.external_id),
                (Kind.LICENSE, row.license_md5),
                (Kind.LICENSE, row.license_sha256),
            }
        ):
            kept.append((line, row))
        else:
            refused.append(replace(_rejection(line, ERASED), is_withheld=True))
    return kept, refused


def _rejection(line: Line, fault: RowRejected) -> Rejection:
    text = line.text.decode(errors="replace")
    return Rejection(line.number, fault.field, fault.reason, text, line.is_cut)


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == DEADLOCK


def _result(novelty: Novelty, reporter: Reporter) -> Result:
    if novelty is Novelty.KNOWN:
        return Result.UNCHANGED
    if novelty is Novelty.CORRECTION:
        return Result.REPLACED
    return Result.UNMAPPED if reporter.account_id is None else Result.ACCEPTED
