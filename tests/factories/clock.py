"""The instant that every test lives in."""

from __future__ import annotations

from datetime import UTC, date, datetime

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
PERIOD = date(2026, 10, 1)  # the newest month that is complete
