"""What people are told of, by which way and when: kinds, channels, quiet hours, digests. Pure.

Hours are the person's own, as their clock shows them; moments are UTC. An hour that the clock leaves
out in spring is the one after the gap, one that it shows twice in autumn is the first of the two.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from accounts.words import gettext_noop


class Kind(StrEnum):
    """What an alert is about; of several reasons for the same thing the first here counts."""

    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    EVIDENCE = "evidence"
    WOKE = "woke"
    DUE = "due"
    OVERDUE = "overdue"
    RISK = "risk"
    DROP = "drop"
    TIMELINE = "timeline"
    JOB_FAILED = "job_failed"


class Channel(StrEnum):
    PAGE = "page"
    EMAIL_NOW = "email_now"
    EMAIL_DIGEST = "email_digest"
    SLACK = "slack"
    WEBHOOK = "webhook"


KINDS: dict[Kind, str] = {
    Kind.MENTIONED: gettext_noop("Somebody mentions me"),
    Kind.ASSIGNED: gettext_noop("A call to action becomes mine"),
    Kind.COMMENTED: gettext_noop("A comment on a call to action of mine"),
    Kind.EVIDENCE: gettext_noop("New evidence on a call to action of mine"),
    Kind.WOKE: gettext_noop("A call to action of mine wakes from its snooze"),
    Kind.DUE: gettext_noop("A call to action of mine is due today"),
    Kind.OVERDUE: gettext_noop("A call to action of mine is overdue"),
    Kind.RISK: gettext_noop("A new risk at an account that I follow"),
    Kind.DROP: gettext_noop("A colour falls at an account that I own or follow"),
    Kind.TIMELINE: gettext_noop("A new entry in the timeline of an account that I follow"),
    Kind.JOB_FAILED: gettext_noop("Work in the background failed"),
}
FOR_ADMINS = frozenset({Kind.JOB_FAILED})

_DAILY = frozenset({Channel.PAGE, Channel.EMAIL_DIGEST})
DEFAULTS: dict[Kind, frozenset[Channel]] = dict.fromkeys(Kind, _DAILY) | {
    Kind.MENTIONED: frozenset({Channel.PAGE, Channel.EMAIL_NOW}),
    Kind.TIMELINE: frozenset({Channel.PAGE}),
}
"""What holds for whoever has said nothing else."""

DIGEST_HOUR = 8
ATTEMPTS_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 840))
"""How long after a failed attempt the next one comes: about 31 hours from the first to the last."""


LONGEST_WAIT = timedelta(days=1)
"""For how long a receiver may ask to be left alone."""


def first_of(kinds: set[Kind]) -> Kind:
    return min(kinds, key=list(Kind).index)


def quiet_until(
    now: datetime, *, zone: str, begin: time | None, end: time | None
) -> datetime | None:
    """When the quiet hours end that it is in now, or None; they may go over midnight."""
    if begin is None or end is None or begin == end:
        return None
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    clock = local.time().replace(tzinfo=None)
    is_over_midnight = begin > end
    is_quiet = clock >= begin or clock < end if is_over_midnight else begin <= clock < end
    if not is_quiet:
        return None
    ends_tomorrow = is_over_midnight and clock >= begin
    ending = moment_of(local.date() + timedelta(days=ends_tomorrow), end, zone=zone)
    # where the clock is set back, the hour that ends the quiet may be the one that has just been
    return ending if ending > now else now + timedelta(hours=1)


def moment_of(day: date, clock: time, *, zone: str) -> datetime:
    """The moment at which somebody's clock shows a time."""
    return datetime.combine(day, clock, tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(UTC)


def digest_of(now: datetime, *, zone: str, hour: int, oldest: datetime) -> date | None:
    """The day whose digest is due, where the oldest alert that waits is from before its hour."""
    day = now.astimezone(zoneinfo.ZoneInfo(zone)).date()
    moment = moment_of(day, time(hour), zone=zone)
    return day if oldest <= moment <= now else None


def next_attempt(
    attempts: int, *, now: datetime, not_before: datetime | None = None
) -> datetime | None:
    """When to try again after so many attempts that failed; None: never.

    Not before the moment that the receiver asked for, up to LONGEST_WAIT; never sooner than without it.
    """
    if attempts > len(ATTEMPTS_AFTER):
        return None
    usual = now + ATTEMPTS_AFTER[attempts - 1]
    return usual if not_before is None else max(usual, min(not_before, now + LONGEST_WAIT))


def retry_after(text: str, *, now: datetime) -> datetime | None:
    """The moment that a `Retry-After` names, in seconds or as an HTTP date; None: it names none.

    A moment further away than LONGEST_WAIT comes back as the end of that.
    """
    said = text.strip()
    latest = now + LONGEST_WAIT
    if said.isascii() and said.isdigit():
        seconds = said.lstrip("0") or "0"
        is_short = len(seconds) <= len(str(int(LONGEST_WAIT.total_seconds())))
        return min(now + timedelta(seconds=int(seconds)), latest) if is_short else latest
    try:
        moment = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:  # an HTTP date is of Greenwich, whether it says so or not
        moment = moment.replace(tzinfo=UTC)
    return min(moment, latest)


def excerpt(text: str, most: int) -> str:
    """The beginning of a text on one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[:most]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut[:-1]}…"
