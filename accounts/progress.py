"""How far a command is, on one line of a terminal; silent elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

INTERVAL_SECONDS = 0.2


def terminal_progress(stream: TextIO, unit: str) -> Callable[[int, int | None], None]:
    """A function of done and total (None: not known) that rewrites one line, a few times a second."""
    started = time.monotonic()
    written = 0.0

    def show(done: int, total: int | None) -> None:
        nonlocal written
        moment = time.monotonic()
        finished = total is not None and done >= total
        if not finished and moment - written < INTERVAL_SECONDS:
            return
        written = moment
        rate = done / max(moment - started, 0.001)
        amount = f"{done:,}" if total is None else f"{done:,} of {total:,}"
        stream.write(f"\r{amount} {unit}, {rate:,.0f}/s" + ("\n" if finished else ""))
        stream.flush()

    def silent(done: int, total: int | None) -> None:
        """Not a terminal."""

    return show if stream.isatty() else silent
