"""Where CSV goes: a file that appears whole, or a reader that may have enough of it."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.csv_output import write_csv
from tests.architecture.repository import APPS, ROOT, lines_with, modules

THROUGH_WRITE_CSV = {
    "playbooks/management/commands/export_ctas.py",
    "playbooks/management/commands/what_if.py",
    "usage/management/commands/backtest.py",
    "usage/management/commands/export_scores.py",
    "usage/management/commands/export_transitions.py",
}


def test_without_a_file_it_goes_to_stdout(capsys) -> None:
    assert write_csv("-", ["id", "name"], [[1, "Larch"], [2, "Pine, Oak"]]) == 2
    assert capsys.readouterr().out == 'id,name\n1,Larch\n2,"Pine, Oak"\n'


def test_what_a_spreadsheet_would_run_is_text_and_numbers_stay_numbers(capsys) -> None:
    cells = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", -1.5, "-1.5", "-2e-7", "a=b"]
    write_csv("-", ["cell"], [[cell] for cell in cells])
    written = [row[0] for row in csv.reader(io.StringIO(capsys.readouterr().out, newline=""))]
    assert written[1:] == [
        "'=1+1", "'+1", "'-1+1", "'@SUM(A1)", "'\t=1", "'\r=1", "-1.5", "-1.5", "-2e-7", "a=b",
    ]  # fmt: skip


def test_all_csv_that_leaves_is_written_here() -> None:
    writers = r"csv\.(writer|DictWriter)|write_csv\(|to_csv\(|import csv|text/csv"
    by_module = {line.split(":")[0] for line in lines_with(writers, modules(*APPS, "config"))}
    assert by_module - THROUGH_WRITE_CSV == {
        "accounts/admin/audit.py",  # by csv_lines
        "accounts/bulk.py",  # for COPY
        "accounts/csv_output.py",
        "accounts/rows.py",  # reads
        "accounts/services/customer_export.py",  # by csv_lines
        "playbooks/services/demo_past.py",  # writes what the import then reads
        "playbooks/views/portfolio.py",  # by csv_lines
        "playbooks/views/team.py",  # by csv_lines
        "playbooks/views/time_to_value.py",  # by csv_lines
        "playbooks/views/what_if.py",  # by csv_lines
        "usage/views.py",  # by csv_lines
    }


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
