"""All CSV that leaves: no cell of it is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import itertools
import os
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from accounts.formats import csv_cell

Cells = Sequence[object]


class _Echo:
    """A file that hands back what is written: the writer's lines."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Cells], *, end: str = "\r\n") -> Iterator[str]:
    """Yield a line for each row; text that a spreadsheet would run gets an apostrophe before it."""
    writer = csv.writer(_Echo())  # whose line end has every character that needs quotes
    for row in rows:
        line: str = writer.writerow([csv_cell(cell) for cell in row])
        yield line.removesuffix("\r\n") + end


def write_csv(output: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write to a file, or to stdout for "-"; return the number of rows.

    A file appears whole or not at all: it is written beside its place and moved there. A reader of
    stdout that has enough, such as `head`, ends the process without a word.
    """
    if output == "-":
        return _write_stdout(columns, rows)
    target = Path(output)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", newline="", encoding="utf-8") as stream:
            count = _write(stream, columns, rows)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink()
        raise
    return count


def _write_stdout(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    try:
        count = _write(sys.stdout, columns, rows)
        sys.stdout.flush()
    except BrokenPipeError:
        # what the buffer still holds is flushed once more at the exit: let that go nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(rows, Generator):
            rows.close()  # its cursor must not outlive the connection
        raise SystemExit(1) from None
    return count


def _write(stream: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    count = -1  # the columns' names are no row
    for count, line in enumerate(csv_lines(itertools.chain([columns], rows), end="\n")):  # noqa: B007 - the last one counts
        stream.write(line)
    return count
