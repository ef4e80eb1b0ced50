"""What a payload must be to be taken in: pure, no database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import RowRejected
from tests.factories import NOW
from tests.usage.payloads import BUILDS, HOSTNAME, UUID, line, payload
from usage.ingest import (
    DEEPEST,
    Identity,
    KeyPaths,
    canonical,
    compress,
    decompress,
    parse,
    parse_moment,
    withhold,
)

TRACKED = KeyPaths([BUILDS, "counts.ci_builds", "license_user_count", "license_billable_users"])


def rejection(text: bytes) -> tuple[str, str]:
    with pytest.raises(RowRejected) as caught:
        parse(text, key_paths=TRACKED, now=NOW)
    return caught.value.field, caught.value.reason


def nested(levels: int) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for _ in range(levels - 1):
        body = {"x": body}
    return body


# --- who and when ---------------------------------------------------------------------------------
def test_an_installation_is_its_uuid_and_its_hostname_in_lower_case() -> None:
    told = parse(line(hostname=" GitLab.Larch.Example "), key_paths=TRACKED, now=NOW)
    assert told.identity == Identity(UUID, HOSTNAME, is_namespace=False)


def test_a_namespace_is_its_number() -> None:
    told = parse(line(namespace_id=93492772), key_paths=TRACKED, now=NOW)
    assert told.identity == Identity("93492772", "", is_namespace=True)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        pytest.param({"uuid": None}, "uuid", id="nobody's"),
        pytest.param({"uuid": "u", "namespace_id": 3}, "namespace_id", id="of two at once"),
        pytest.param({"uuid": ""}, "uuid", id="an empty uuid"),
        pytest.param({"uuid": "  "}, "uuid", id="a blank uuid"),
        pytest.param({"uuid": 7}, "uuid", id="a uuid that is a number"),
        pytest.param({"uuid": "x" * 121}, "uuid", id="a uuid that is too long"),
        pytest.param({"uuid": "a\0b"}, "uuid", id="NUL in the uuid"),
        pytest.param({"hostname": None}, "hostname", id="no hostname"),
        pytest.param({"hostname": ["h"]}, "hostname", id="a list of hostnames"),
        pytest.param({"hostname": "h" * 256}, "hostname", id="a hostname that is too long"),
        pytest.param({"hostname": "."}, "hostname", id="a point for a hostname"),
        pytest.param({"hostname": "h\0"}, "hostname", id="NUL in the hostname"),
        pytest.param({"namespace_id": "12"}, "namespace_id", id="a namespace as text"),
        pytest.param({"namespace_id": True}, "namespace_id", id="a namespace that is true"),
        pytest.param({"namespace_id": 0}, "namespace_id", id="namespace 0"),
        pytest.param({"namespace_id": 2**63}, "namespace_id", id="a namespace beyond reason"),
        pytest.param({"recorded_at": None}, "recorded_at", id="no time"),
        pytest.param({"recorded_at": ""}, "recorded_at", id="an empty time"),
        pytest.param({"recorded_at": 1730000000}, "recorded_at", id="a time that is a number"),
        pytest.param({"recorded_at": "yesterday"}, "recorded_at", id="no time at all"),
        pytest.param({"recorded_at": "2026-02-30T00:00:00Z"}, "recorded_at", id="no such day"),
        pytest.param({"recorded_at": "1999-12-31T23:59:59Z"}, "recorded_at", id="long ago"),
        pytest.param({"recorded_at": "2026-11-18T09:00:01Z"}, "recorded_at", id="the future"),
        pytest.param({"recorded_at": "0001-01-01T00:00+09:00"}, "recorded_at", id="no UTC for it"),
        pytest.param({"license_user_count": "100"}, "license_user_count", id="seats as text"),
        pytest.param({"license_billable_users": True}, "license_billable_users", id="users: true"),
        pytest.param({"license_user_count": 2**63}, "license_user_count", id="too many seats"),
        pytest.param({"counts": {"ci_builds": 2**63}}, "counts.ci_builds", id="too many builds"),
        pytest.param({"counts": {"ci_builds": -1e30}}, "counts.ci_builds", id="too few builds"),
        pytest.param({"x": nested(DEEPEST)}, "", id="nested beyond reason"),
    ],
)  # fmt: skip
def test_a_payload_is_rejected_by_field(fields: dict[str, Any], field: str) -> None:
    assert rejection(line(**fields))[0] == field


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        pytest.param(b'{"uuid": "u",', "", "is not JSON: ", id="cut off"),
        pytest.param(b"\xff\xfe", "", "is not UTF-8", id="no text"),
        pytest.param(b"[1]", "", "is no JSON object", id="a list"),
        pytest.param(b"7", "", "is no JSON object", id="a number"),
        pytest.param(b"[" * 100_000, "", "is not JSON: ", id="brackets without end"),
        pytest.param(b'{"a": {"b": [0, NaN]}}', "a.b[1]", "is NaN", id="not a number"),
        pytest.param(b'{"a": 1e999}', "a", "is NaN or infinite", id="infinite"),
        pytest.param(b'{"a": "\\ud800"}', "", "is not JSON: ", id="half a character"),
    ],
)
def test_what_is_no_payload_is_rejected_as_such(text: bytes, field: str, reason: str) -> None:
    told = rejection(text)
    assert told[0] == field
    assert told[1].startswith(reason)


def test_a_fault_of_json_is_told_with_its_place() -> None:
    assert rejection(b'{"uuid" 1}')[1].endswith("(column 9)")
    assert rejection(b'{\n"uuid" 1}')[1].endswith("(line 2, column 8)")


def test_the_deepest_nesting_that_is_allowed() -> None:
    told = parse(line(x=nested(DEEPEST - 1)), key_paths=TRACKED, now=NOW)
    assert told.identity.external_id == UUID


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-04T03:00:00+00:00",
        "2026-10-04T03:00:00Z",
        "2026-10-04T03:00:00.000Z",
        "2026-10-04T05:00:00+02:00",
        "2026-10-04 03:00:00 UTC",
        " 2026-10-04T03:00:00 ",
    ],
)
def test_a_time_is_iso_8601_and_without_an_offset_utc(text: str) -> None:
    assert parse_moment(text) == datetime(2026, 10, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-W40", "2026-W40-7T03:00:00", "20261001", "2026-10-04"])
def test_a_day_without_a_time_is_rejected_by_field(text: str) -> None:
    assert rejection(line(recorded_at=text)) == ("recorded_at", f"is no time: {text!r}")


def test_case_and_the_point_of_the_root_make_no_other_instance() -> None:
    identities = {
        parse(line(uuid=uuid, hostname=hostname), key_paths=TRACKED, now=NOW).identity
        for uuid, hostname in ((UUID, HOSTNAME), (UUID.upper(), f"{HOSTNAME.upper()}."))
    }
    assert identities == {(UUID, HOSTNAME, False)}


def test_a_clock_may_be_two_days_fast() -> None:
    fast = (NOW + timedelta(days=2)).isoformat()
    assert parse(line(recorded_at=fast), key_paths=TRACKED, now=NOW).recorded_at > NOW


# --- what it says ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param(4000, 4000, id="a number"),
        pytest.param(-1, -1, id="a failed count, as reported"),
        pytest.param(0, 0, id="zero"),
        pytest.param(1.5, 1.5, id="a fraction"),
        pytest.param(None, None, id="null"),
        pytest.param("4000", None, id="text"),
        pytest.param(True, None, id="true is no number"),
        pytest.param({"a": 1}, None, id="an object"),
        pytest.param([1], None, id="a list"),
    ],
)
def test_a_reading_is_a_number_or_not_available(value: Any, kept: float | None) -> None:
    told = parse(line(counts={"ci_builds": value}), key_paths=TRACKED, now=NOW)
    assert told.readings.get("counts.ci_builds") == kept


def test_only_tracked_metrics_are_read_and_all_of_them_kept() -> None:
    told = parse(line(counts={"ci_builds": 1, "new": 2}), key_paths=TRACKED, now=NOW)
    assert told.readings.keys() == {
        "counts.ci_builds", "license_user_count", "license_billable_users",
    }  # fmt: skip
    assert orjson.loads(told.content)["counts"]["new"] == 2


def test_a_key_path_through_what_is_no_object_leads_nowhere() -> None:
    assert KeyPaths(["counts.a.b"]).readings({"counts": {"a": 3}}) == {}


@pytest.mark.parametrize(
    ("fields", "version", "license_md5"),
    [
        pytest.param({"license_md5": "A" * 32}, "18.5.0-ee", "a" * 32, id="in lower case"),
        pytest.param({"version": 18}, "", "", id="a number"),
        pytest.param({"version": "v\0"}, "", "", id="NUL"),
        pytest.param({"version": "v" * 61}, "", "", id="too long"),
        pytest.param({"license_md5": "xyz"}, "18.5.0-ee", "", id="no hash"),
        pytest.param({"license_md5": "g" * 32}, "18.5.0-ee", "", id="no hexadecimal"),
    ],
)
def test_what_is_good_to_have_is_left_out_when_it_is_not(
    fields: dict[str, Any], version: str, license_md5: str
) -> None:
    told = parse(line(**fields), key_paths=TRACKED, now=NOW)
    assert (told.version, told.license_md5) == (version, license_md5)


# --- the same content is the same -----------------------------------------------------------------
def test_the_order_of_keys_does_not_matter() -> None:
    body = payload()
    turned = json.dumps(dict(reversed(body.items())), indent=1).encode()
    one, other = (parse(text, key_paths=TRACKED, now=NOW) for text in (line(), turned))
    assert one.digest == other.digest


def test_another_value_is_another_payload() -> None:
    one = parse(line(), key_paths=TRACKED, now=NOW)
    assert one.digest != parse(line(version="18.6"), key_paths=TRACKED, now=NOW).digest


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.text(), json_values))
def test_a_stored_body_comes_back_whole(body: dict[str, Any]) -> None:
    try:
        content = canonical(body)
    except orjson.JSONEncodeError:  # half a surrogate pair: no JSON text has it
        return
    assert decompress(compress(content)) == body
    assert canonical(decompress(compress(content))) == content


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_parser(text: bytes) -> None:
    with pytest.raises(RowRejected):
        parse(text, key_paths=TRACKED, now=NOW)


@given(st.dictionaries(st.sampled_from(sorted(payload())), json_values))
def test_no_values_break_the_parser(fields: dict[str, Any]) -> None:
    try:
        text = orjson.dumps(payload() | fields)
    except orjson.JSONEncodeError:
        return
    try:
        told = parse(text, key_paths=TRACKED, now=NOW)
    except RowRejected:
        return
    assert "\0" not in told.identity.external_id + told.identity.hostname + told.version


# --- consent --------------------------------------------------------------------------------------
def test_optional_metrics_are_withheld_from_body_and_readings() -> None:
    told = parse(line(), key_paths=TRACKED, now=NOW)
    kept = withhold(told, KeyPaths(["counts.ci_builds"]))
    assert "counts.ci_builds" not in kept.readings
    assert "ci_builds" not in orjson.loads(kept.content)["counts"]
    assert kept.digest != told.digest


def test_a_payload_without_optional_metrics_stays_as_it_is() -> None:
    told = parse(line(), key_paths=TRACKED, now=NOW)
    assert withhold(told, KeyPaths(["counts.other", "version.x"])) is told
