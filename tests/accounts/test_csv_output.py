"""Where CSV goes: a file that appears whole, or a reader that may have enough of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.csv_output import write_csv
from tests.architecture.repository import ROOT


def test_without_a_file_it_goes_to_stdout(capsys) -> None:
    assert write_csv("-", ["id", "name"], [[1, "Larch"], [2, "Pine, Oak"]]) == 2
    assert capsys.readouterr().out == 'id,name\n1,Larch\n2,"Pine, Oak"\n'


def test_a_file_that_breaks_off_does_not_appear(tmp_path: Path) -> None:
    def breaking() -> Iterator[list[int]]:
        yield [1]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_csv(str(tmp_path / "scores.csv"), ["id"], breaking())
    assert list(tmp_path.iterdir()) == []


def test_rows_that_nobody_reads_any_more_are_let_go(monkeypatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    rows = ([number] for number in range(100_000))
    with os.fdopen(writer, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        with pytest.raises(SystemExit):
            write_csv("-", ["id"], rows)
    assert list(rows) == []


@pytest.mark.parametrize("count", [1, 100_000])
def test_a_reader_that_has_enough_ends_it_without_a_word(count: int) -> None:
    code = f"from accounts.csv_output import write_csv as w; w('-', 'a', ([n] for n in range({count})))"
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, b"")
