"""Whatever comes in: each line is taken in or rejected by field and reason, and nothing is lost."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import FileUnusable, RowRejected
from accounts.lines import KEPT_BYTES, LINE_BYTES, read_lines, split_lines
from accounts.models import User
from tests import factories
from tests.api import ROOT, token_client
from tests.factories import NOW
from tests.usage.hostile import ACCEPTED, REJECTED, Hostile
from tests.usage.payloads import ingest, line, write_ndjson
from usage.ingest import KeyPaths, parse
from usage.models import RawPayload, RejectedRow, Snapshot
from usage.services.ingest import Result, RowResult

TRACKED = KeyPaths(["counts.ci_builds", "license_user_count", "license_billable_users"])
MEGABYTE = 1024 * 1024
EACH_REJECTED = pytest.mark.parametrize("sent", REJECTED, ids=lambda sent: sent.name)
EACH_ACCEPTED = pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)


@pytest.fixture
def tracked(db: None) -> None:
    factories.make_metric("counts.ci_builds", tracked=True)


@pytest.fixture
def service(tracked: None) -> Client:
    return token_client(factories.make_user(User.Role.SERVICE))


# --- a line ---------------------------------------------------------------------------------------
@EACH_REJECTED
def test_a_hostile_line_is_rejected_by_field_and_reason(sent: Hostile) -> None:
    with pytest.raises(RowRejected) as caught:
        parse(sent.text, key_paths=TRACKED, now=NOW)
    assert caught.value.field == sent.field
    assert caught.value.reason.startswith(sent.reason)


@EACH_ACCEPTED
def test_an_odd_line_is_taken_in_whole(text: bytes) -> None:
    told = parse(text, key_paths=TRACKED, now=NOW)
    assert orjson.loads(told.content) == orjson.loads(text)


names = st.sampled_from(["a", "b", "uuid", "counts", ":", "\\", '"', "é", "\0", "\u2028"])
members = st.recursive(
    st.none() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(names, inner), max_size=3).map(tuple)
    ),
    max_leaves=8,
)


def _text(value: object) -> str:
    """JSON with tuples of pairs as objects, so that names may come again."""
    if isinstance(value, tuple):
        pairs = (f"{json.dumps(name)}: {_text(child)}" for name, child in value)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    return json.dumps(value)


def _has_a_name_twice(value: object) -> bool:
    if isinstance(value, tuple):
        each = [name for name, _ in value]
        return len(set(each)) < len(each) or any(_has_a_name_twice(child) for _, child in value)
    return isinstance(value, list) and any(map(_has_a_name_twice, value))


@given(members)
def test_a_name_that_comes_twice_never_passes(value: object) -> None:
    text = line()[:-1] + f', "x": {_text(value)}}}'.encode()
    try:
        parse(text, key_paths=TRACKED, now=NOW)
    except RowRejected as error:
        if error.reason == "is given twice":
            assert _has_a_name_twice(value)
    else:
        assert not _has_a_name_twice(value)


# --- a batch --------------------------------------------------------------------------------------
@pytest.mark.usefixtures("tracked")
def test_hostile_lines_take_no_other_with_them() -> None:
    good = line()
    results = ingest(*(sent.text for sent in REJECTED), good)
    assert [row.line for row in results] == list(range(1, len(REJECTED) + 2))
    told = [(row.result, row.field) for row in results]
    assert told == [(Result.REJECTED, sent.field) for sent in REJECTED] + [(Result.UNMAPPED, "")]
    assert RejectedRow.objects.count() == len({sent.text for sent in REJECTED})
    assert RawPayload.objects.count() == 1


@pytest.mark.usefixtures("tracked")
@EACH_ACCEPTED
def test_an_odd_line_is_stored_once(text: bytes) -> None:
    assert [row.result for row in ingest(text)] == [Result.UNMAPPED]
    assert [row.result for row in ingest(text)] == [Result.UNCHANGED]
    assert RawPayload.objects.count() == 1


times = st.sampled_from(["2026-09-30T23:59:59Z", "2026-10-04T03:00:00Z", "2026-10-04T05:00+02:00"])
good_lines = st.builds(
    lambda uuid, at, count: line(uuid=uuid, recorded_at=at, counts={"ci_builds": count}),
    st.sampled_from(["u-1", "U-1", "u-2"]), times, st.sampled_from([0, -1, 1.5, 7, 2**62]),
)  # fmt: skip


@st.composite
def broken_lines(draw: st.DrawFn) -> bytes:
    """A good line with some of its bytes replaced, left out or doubled."""
    text = bytearray(draw(good_lines))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text) - 1))
        text[place : place + draw(st.integers(0, 9))] = draw(st.binary(max_size=3))
    return bytes(text).replace(b"\n", b" ")


hostile_lines = st.sampled_from([sent.text for sent in REJECTED if len(sent.text) < 9_000])
any_lines = st.one_of(
    good_lines, good_lines, broken_lines(), hostile_lines, st.binary(max_size=20)
).map(lambda text: text.replace(b"\n", b""))


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.lists(any_lines, max_size=6), min_size=1, max_size=3))
@pytest.mark.usefixtures("tracked")
def test_counts_reconcile_and_nothing_stored_is_lost(batches: list[list[bytes]]) -> None:
    for model in (RawPayload, Snapshot, RejectedRow):
        model.objects.all().delete()
    newest: dict[tuple[object, ...], str] = {}
    rejected: set[bytes] = set()
    for batch in batches:
        lines = list(split_lines([b"\n".join(batch)]))
        results = ingest(*batch)
        assert [row.line for row in results] == [each.number for each in lines]
        for each, row in zip(lines, results, strict=True):
            if row.result is Result.REJECTED:
                assert row.reason
                rejected.add(each.text)
            else:
                told = parse(each.text, key_paths=TRACKED, now=NOW)
                newest[(*told.identity, told.recorded_at)] = told.digest
    assert Counter(RawPayload.objects.values_list("digest", flat=True)) == Counter(newest.values())
    assert Snapshot.objects.count() == len({(*key[:3], key[3].month) for key in newest})  # type: ignore[attr-defined]  # a time
    assert RejectedRow.objects.count() == len({text.decode(errors="replace") for text in rejected})


# --- a file ---------------------------------------------------------------------------------------
def _zeros(megabytes: int) -> Iterable[bytes]:
    return (bytes(MEGABYTE) for _ in range(megabytes))


def _packed(pieces: Iterable[bytes]) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as stream:
        for piece in pieces:
            stream.write(piece)
    return packed.getvalue()


def _peak(content: bytes) -> tuple[list[tuple[int, int, bool]], int]:
    """Number, length and cut of each line, and the most bytes that reading them held."""
    tracemalloc.start()
    try:
        lines = read_lines(io.BytesIO(content), name="f")
        seen = [(each.number, len(each.text), each.is_cut) for each in lines]
        return seen, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_line_of_a_hundred_megabytes_is_cut_and_the_next_one_read() -> None:
    seen, peak = _peak(_packed([*_zeros(100), b"\n{}\n"]))
    assert seen == [(1, KEPT_BYTES, True), (2, 2, False)]
    assert peak < 4 * LINE_BYTES


@pytest.mark.slow
def test_a_bomb_of_a_gigabyte_needs_no_more_memory_than_a_line() -> None:
    bomb = _packed(_zeros(1_024))
    assert len(bomb) < 2 * MEGABYTE
    seen, peak = _peak(bomb)
    assert seen == [(1, KEPT_BYTES, True)]
    assert peak < 4 * LINE_BYTES


GOOD = line() + b"\n"
DAMAGED = {
    "cut off": (gzip.compress(GOOD)[:-9], "cut off"),
    "garbage behind it": (gzip.compress(GOOD) + b"garbage", "compression is damaged"),
    "a second member that is cut off": ((gzip.compress(GOOD) * 2)[:-12], "cut off"),
    "a checksum that is wrong": (
        gzip.compress(GOOD)[:-8] + bytes(4) + gzip.compress(GOOD)[-4:], "compression is damaged",
    ),
    "a head alone": (gzip.compress(GOOD)[:10], "cut off"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_named_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(FileUnusable, match=reason):
        list(read_lines(io.BytesIO(content), name="pings.ndjson.gz"))


def _command(*args: object, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    call_command(*map(str, args))
    return _counts(capsys.readouterr().out)


def _counts(output: str) -> dict[str, int]:
    return {name: int(count) for name, count in map(str.split, output.strip().splitlines())}


@pytest.mark.usefixtures("tracked")
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_file_of_everything_reconciles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_packed: bool
) -> None:
    lines = [line(), b"", b" \r", *(sent.text for sent in REJECTED), *ACCEPTED.values()]
    path = write_ndjson(tmp_path / "pings.ndjson", lines, is_packed=is_packed)
    counts = _command("ingest_usage", path, capsys=capsys)
    read = counts.pop("read")
    assert read == sum(counts.values()) == len(lines) - 2
    assert counts["rejected"] == len(REJECTED)


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["ingest_usage", "import_accounts"])
@pytest.mark.parametrize("made", ["folder", "nothing", "a device"])
def test_what_is_no_file_is_said_in_a_line(tmp_path: Path, command: str, made: str) -> None:
    path = {"folder": tmp_path, "nothing": tmp_path / "x", "a device": Path("/proc/self/mem")}[made]
    with pytest.raises(CommandError) as caught:
        call_command(command, str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


# --- a call of the API ----------------------------------------------------------------------------
def _faults(results: Iterable[RowResult]) -> Iterator[tuple[int, str, str]]:
    return ((row.line, row.field, row.reason) for row in results)


def test_a_call_of_everything_says_what_the_command_says(service: Client) -> None:
    lines = [*(sent.text for sent in REJECTED), *ACCEPTED.values()]
    answer = service.post(
        f"{ROOT}/usage/service-pings/bulk/", b"\n".join(lines), content_type="application/x-ndjson"
    )
    assert answer.status_code == 207
    told = answer.json()
    assert sum(told["counts"].values()) == len(told["results"]) == len(lines)
    faults = [(row["line"], row["field"], row["reason"]) for row in told["results"]]
    assert faults == list(_faults(ingest(*lines)))


@EACH_REJECTED
def test_a_hostile_payload_is_refused_by_field(service: Client, sent: Hostile) -> None:
    answer = service.post(
        f"{ROOT}/usage/service-pings/", sent.text, content_type="application/json"
    )
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["attr"] in {sent.field, None, "non_field_errors"}
    assert RejectedRow.objects.count() == 1
