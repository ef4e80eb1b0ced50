"""What Foothold runs on, with licences: writes docs/licences.md from the locks.

`python -m tests.architecture.licences`, where all that the locks name is installed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from tests.architecture.repository import ROOT

PAGE = ROOT / "docs" / "licences.md"
LOCKS = [ROOT / f"requirements{extra}.txt" for extra in ("", "-postgres", "-sso", "-metrics")]
FORBIDDEN = re.compile(
    r"\bA?GPL|Affero|General Public|SSPL|BUSL|Commons Clause|UNKNOWN", re.IGNORECASE
)
LESSER = re.compile(r"\bLGPL[\w.-]*|Lesser General Public License[^;]*", re.IGNORECASE)
HEAD = """# Licences of what Foothold runs on

Foothold itself is MIT. `make licences` writes this page from the locks; a test compares the two.

Nothing here is under the GPL or AGPL. `psycopg` is under the LGPL: it is imported as it is, not
changed, and may be exchanged for another version, which is what that licence asks for.
What only tests and checks need is not handed on with Foothold and not listed.

| package | version | licence |
| --- | --- | --- |
"""


@dataclass(frozen=True, order=True)
class Package:
    name: str
    version: str
    licence: str = ""


def locked() -> set[tuple[str, str]]:
    """Name and version of each pin that holds on a server: Linux and CPython."""
    return {pin for lock in LOCKS for pin in _pins(lock)}


def _pins(lock: Path) -> Iterator[tuple[str, str]]:
    for line in lock.read_text().replace("\\\n", " ").splitlines():
        requirement = Requirement(line.split(" --hash")[0])
        if requirement.marker is None or requirement.marker.evaluate():
            version = str(requirement.specifier).removeprefix("==")
            yield _plain(requirement.name), version


def listed() -> list[Package]:
    """The rows of the page."""
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \|$", PAGE.read_text(), flags=re.MULTILINE)
    return [Package(*row) for row in rows if row[0] not in {"package", "---"}]


def is_forbidden(licence: str) -> bool:
    """Whether nothing but what we may not hand on is offered: of several licences we take one."""
    offered = re.split(r";|\bOR\b", LESSER.sub("", licence))
    return all(FORBIDDEN.search(each) for each in offered)


def _installed() -> Iterator[Package]:
    found = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--format=json", "--from=mixed", "--with-system"],
        capture_output=True,
        text=True,
        check=True,
    )
    for row in json.loads(found.stdout):
        yield Package(_plain(row["Name"]), row["Version"], row["License"])


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def write() -> None:
    wanted = locked()
    rows = sorted(each for each in _installed() if (each.name, each.version) in wanted)
    missing = wanted - {(row.name, row.version) for row in rows}
    if missing:
        raise SystemExit(f"Not installed as locked: {sorted(missing)}")
    lines = (f"| {row.name} | {row.version} | {row.licence} |\n" for row in rows)
    PAGE.write_text(HEAD + "".join(lines))


if __name__ == "__main__":
    write()
