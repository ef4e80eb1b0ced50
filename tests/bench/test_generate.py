"""What is measured must be like what comes in, and the same each time."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import orjson
import pytest

from accounts.lines import read_lines
from tests.bench.generate import Size, payloads, write
from tests.bench.ingest import PINGS, measure_parsing, size_of
from tests.factories import NOW
from usage.models import Instance
from usage.services.imports import import_directory
from usage.services.ingest import Ingestion, Result, batches

SIZE = Size(accounts=30, months=2, last=date(2026, 10, 1))


def test_it_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write(tmp_path / name, SIZE, is_compressed=True)
    one, other = (
        (tmp_path / name / "service_pings.ndjson.gz").read_bytes() for name in ("one", "other")
    )
    assert one == other


def test_another_seed_is_other_data() -> None:
    other = Size(accounts=30, months=2, last=SIZE.last, seed=2)
    assert list(payloads(other)) != list(payloads(SIZE))


def test_it_writes_one_payload_a_line(tmp_path: Path) -> None:
    count = write(tmp_path, SIZE, is_compressed=True)
    lines = gzip.decompress((tmp_path / "service_pings.ndjson.gz").read_bytes()).splitlines()
    assert len([orjson.loads(line) for line in lines]) == count


def test_the_payloads_that_ingest_is_measured_with_weigh_54_kilobytes() -> None:
    weights = [len(orjson.dumps(payload)) for payload in payloads(size_of(accounts=9, months=1))]
    assert 53_000 < sum(weights) / len(weights) < 56_000


def test_parsing_is_measured_for_every_payload(tmp_path: Path) -> None:
    size = size_of(accounts=3, months=1)
    count = write(tmp_path, size, is_compressed=True)
    told = measure_parsing(tmp_path / PINGS, ["counts.ci_builds"], rounds=1)
    assert told["payloads"] == count
    assert told["parse and pick / orjson and zstd alone"] > 0


@pytest.mark.django_db
def test_all_of_it_goes_in(tmp_path: Path) -> None:
    count = write(tmp_path, SIZE)
    imported = import_directory(tmp_path, now=NOW)
    ingestion = Ingestion(source="bench", now=NOW)
    with (tmp_path / "service_pings.ndjson").open("rb") as stream:
        results = [
            row.result
            for batch in batches(read_lines(stream, name="bench"))
            for row in ingestion.store(batch)
        ]
    assert not any(outcome.rejections for outcome in imported.outcomes.values())
    assert results.count(Result.ACCEPTED) == count
    assert not Instance.objects.filter(subscription=None).exists()
