"""Payloads for tests: what one is about is named, the rest is believable."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts.lines import split_lines
from tests.factories import NOW
from usage.services.ingest import Ingestion, RowResult

UUID = "4b6cbb0e-9a4f-4c4b-8f4a-2f6f5f2f9a10"
HOSTNAME = "gitlab.larch.example"
BUILDS = "counts.count_total_create_ci_build_monthly"


def payload(recorded_at: str = "2026-10-04T03:00:00+00:00", **fields: Any) -> dict[str, Any]:
    """One installation's payload; name a namespace_id and it is a namespace's."""
    identity: dict[str, Any] = {"uuid": UUID, "hostname": HOSTNAME, "namespace_id": None}
    if fields.get("namespace_id") is not None:
        identity = {"uuid": None, "hostname": None}
    told = {
        "recorded_at": recorded_at,
        "version": "18.5.0-ee",
        "license_user_count": 100,
        "license_billable_users": 80,
        "counts": {"count_total_create_ci_build_monthly": 4000, "ci_builds": 9000},
    }
    return identity | told | fields


def line(**fields: Any) -> bytes:
    return json.dumps(payload(**fields)).encode()


def ingest(*lines: bytes, now: datetime = NOW, source: str = "pings.ndjson") -> list[RowResult]:
    """Take lines in as one batch, and end the run."""
    run = Ingestion(source=source, now=now)
    results = run.store(list(split_lines([b"\n".join(lines)])))
    run.finish()
    return results


def outcomes(*lines: bytes, **options: Any) -> list[str]:
    return [row.result.value for row in ingest(*lines, **options)]


def write_ndjson(path: Path, lines: Iterable[bytes], *, is_packed: bool = False) -> Path:
    content = b"".join(text + b"\n" for text in lines)
    path.write_bytes(gzip.compress(content) if is_packed else content)
    return path
