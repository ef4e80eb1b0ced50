"""Quiet hours, digests and attempts: by the person's clock, whatever it does in spring and autumn."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.alerting import (
    ATTEMPTS_AFTER,
    DEFAULTS,
    KINDS,
    LONGEST_WAIT,
    Channel,
    Kind,
    digest_of,
    excerpt,
    first_of,
    moment_of,
    next_attempt,
    quiet_until,
    retry_after,
)

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "begin", "end", "until"),
    [
        pytest.param("2026-11-16T11:30", time(12), time(14), "2026-11-16T13:00", id="at noon"),
        pytest.param("2026-11-16T13:00", time(12), time(14), None, id="its end is not quiet"),
        pytest.param("2026-11-16T10:59", time(12), time(14), None, id="before it begins"),
        pytest.param("2026-11-16T21:30", time(22), time(7), "2026-11-17T06:00", id="before midnight"),
        pytest.param("2026-11-17T02:00", time(22), time(7), "2026-11-17T06:00", id="after midnight"),
        pytest.param("2026-11-16T12:00", time(22), time(7), None, id="between two nights"),
        pytest.param("2026-11-16T12:00", None, None, None, id="no quiet hours"),
        pytest.param("2026-11-16T12:00", time(13), time(13), None, id="as long as nothing"),
        pytest.param("2026-03-28T22:00", time(22), time(7), "2026-03-29T05:00", id="the short night"),
        pytest.param("2026-10-24T21:00", time(22), time(7), "2026-10-25T06:00", id="the long night"),
        pytest.param("2026-03-28T22:00", time(22), time(2, 30), "2026-03-29T01:30", id="an end that is left out"),
        pytest.param("2026-10-25T00:10", time(22), time(2, 30), "2026-10-25T00:30", id="an end that comes twice"),
    ],
)  # fmt: skip
def test_quiet_hours(now: str, begin: time | None, end: time | None, until: str | None) -> None:
    expected = until and utc(until)
    assert quiet_until(utc(now), zone=BERLIN, begin=begin, end=end) == expected


def test_a_quiet_hour_that_comes_again_is_waited_for() -> None:
    again = utc("2026-10-25T01:10")  # 02:10 for the second time
    until = quiet_until(again, zone=BERLIN, begin=time(22), end=time(2, 30))
    assert until == again + timedelta(hours=1)


@given(st.integers(0, 365 * 24 * 60), st.times(), st.times())
def test_what_is_kept_back_is_kept_back_for_a_day_at_most(
    minutes: int, begin: time, end: time
) -> None:
    now = utc("2026-01-01T00:00") + timedelta(minutes=minutes)
    until = quiet_until(now, zone=NEW_YORK, begin=begin, end=end)
    assert until is None or now < until <= now + timedelta(hours=25)


@pytest.mark.parametrize(
    ("now", "oldest", "day"),
    [
        pytest.param("2026-11-16T12:59", "2026-11-16T01:00", None, id="a minute before its hour"),
        pytest.param("2026-11-16T13:00", "2026-11-16T01:00", date(2026, 11, 16), id="its hour"),
        pytest.param("2026-11-16T20:00", "2026-11-16T01:00", date(2026, 11, 16), id="late: it was down"),
        pytest.param("2026-11-16T20:00", "2026-11-16T14:00", None, id="what came later waits for tomorrow"),
        pytest.param("2026-11-17T05:30", "2026-11-16T01:00", None, id="not in the night"),
    ],
)  # fmt: skip
def test_a_digest_is_due_at_its_hour(now: str, oldest: str, day: date | None) -> None:
    assert digest_of(utc(now), zone=NEW_YORK, hour=8, oldest=utc(oldest)) == day


def test_an_hour_that_the_clock_leaves_out_is_the_one_after() -> None:
    assert moment_of(date(2026, 3, 29), time(2), zone=BERLIN) == utc("2026-03-29T01:00")


def test_an_hour_that_comes_twice_is_the_first() -> None:
    assert moment_of(date(2026, 10, 25), time(2), zone=BERLIN) == utc("2026-10-25T00:00")


def test_attempts_come_ever_later_and_end() -> None:
    now = utc("2026-11-16T09:00")
    waits = [next_attempt(n, now=now) for n in range(1, len(ATTEMPTS_AFTER) + 2)]
    assert waits[0] == now + timedelta(minutes=1)
    assert waits[:-1] == sorted(each for each in waits if each)
    assert waits[-1] is None


@pytest.mark.parametrize(
    ("asked_for", "comes"),
    [
        pytest.param(None, timedelta(minutes=1), id="asked for nothing: as always"),
        pytest.param(timedelta(seconds=5), timedelta(minutes=1), id="never sooner than always"),
        pytest.param(timedelta(hours=2), timedelta(hours=2), id="as late as was asked for"),
        pytest.param(timedelta(days=9), LONGEST_WAIT, id="a day at most"),
    ],
)
def test_the_next_attempt_waits_for_who_asks_to(
    asked_for: timedelta | None, comes: timedelta
) -> None:
    now = utc("2026-11-16T09:00")
    not_before = None if asked_for is None else now + asked_for
    assert next_attempt(1, now=now, not_before=not_before) == now + comes


def test_after_the_last_attempt_nobody_is_waited_for() -> None:
    now = utc("2026-11-16T09:00")
    assert next_attempt(len(ATTEMPTS_AFTER) + 1, now=now, not_before=now) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("120", "2026-11-16T09:02", id="seconds"),
        pytest.param(" 0 ", "2026-11-16T09:00", id="none at all"),
        pytest.param("00000000120", "2026-11-16T09:02", id="seconds with zeros"),
        pytest.param("9" * 5_000, "2026-11-17T09:00", id="more seconds than there are"),
        pytest.param("Mon, 16 Nov 2026 10:30:00 GMT", "2026-11-16T10:30", id="a date"),
        pytest.param("Monday, 16-Nov-26 10:30:00 GMT", "2026-11-16T10:30", id="as in RFC 850"),
        pytest.param("Mon Nov 16 10:30:00 2026", "2026-11-16T10:30", id="as asctime has it"),
        pytest.param("Fri, 01 Jan 2999 00:00:00 GMT", "2026-11-17T09:00", id="a date far away"),
        pytest.param("Sun, 15 Nov 2026 09:00:00 GMT", "2026-11-15T09:00", id="a date that was"),
        pytest.param("", None, id="nothing"),
        pytest.param("-5", None, id="less than nothing"),
        pytest.param("1.5", None, id="half a second"),
        pytest.param("\u0663", None, id="a digit of another script"),
        pytest.param("soon", None, id="a word"),
        pytest.param("16 Nov 99999999999 10:30:00", None, id="a year beyond all years"),
        pytest.param("Mon, 31 Feb 2026 10:30:00 GMT", None, id="a day that is not"),
    ],
)
def test_when_a_receiver_asks_to_be_tried_again(text: str, moment: str | None) -> None:
    assert retry_after(text, now=utc("2026-11-16T09:00")) == (moment and utc(moment))


@given(st.text(max_size=60) | st.text(alphabet="MonNv0123456789:+-, GT()", max_size=40))
def test_whatever_a_receiver_says_is_waited_for_a_day_at_most(text: str) -> None:
    now = utc("2026-11-16T09:00")
    moment = retry_after(text, now=now)
    assert moment is None or moment <= now + LONGEST_WAIT


def test_every_kind_has_words_and_a_default() -> None:
    assert set(KINDS) == set(DEFAULTS) == set(Kind)
    assert all(Channel.PAGE in channels for channels in DEFAULTS.values())


def test_of_several_reasons_the_nearest_counts() -> None:
    assert first_of({Kind.RISK, Kind.ASSIGNED}) is Kind.ASSIGNED


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("short", 10, "short"),
        ("two\n lines", 20, "two lines"),
        ("cut between words", 12, "cut between…"),
        ("unbroken", 5, "unbr…"),
    ],
)
def test_an_excerpt(text: str, most: int, cut: str) -> None:
    assert excerpt(text, most) == cut
