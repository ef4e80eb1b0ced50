"""What the tortures share: a stage, a book, and databases in known states to begin from."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.torture.book import Book, make_book
from tests.torture.drive import Clients, settle
from tests.torture.processes import python
from tests.torture.stage import Stage, a_stage
from tests.torture.state import State, state

SEED = int(os.environ.get("TORTURE_SEED", "20261116"))


@dataclass
class Prepared:
    """Databases to copy: `empty` has customers and editions, `before` all months but the newest scored."""

    stage: Stage
    book: Book
    token: str
    empty: str = "empty"
    before: str = "before"

    @cached_property
    def undisturbed(self) -> State:
        """The newest month, ingested and scored with nothing in the way."""
        self.stage.postgres.copy(self.before, "undisturbed")
        path = self.file(-1)
        self.stage.managed("undisturbed", "ingest_usage", str(path))
        worker = self.stage.worker("undisturbed")
        settle(self.stage, "undisturbed")
        self.stage.stop(worker)
        return state(self.stage, "undisturbed", self.book.months)

    @cached_property
    def rescored(self) -> State:
        """The same, with every month of every account scored once more."""
        assert self.undisturbed
        self.rescore("undisturbed")
        return state(self.stage, "undisturbed", self.book.months)

    def rescore(self, database: str) -> None:
        months = self.book.months
        self.stage.managed(database, "score", "--from", months[0], "--to", months[-1])

    def file(self, index: int) -> Path:
        """A month of the book as a file."""
        path = self.stage.folder / f"{self.book.months[index]}.ndjson"
        if not path.exists():
            path.write_bytes(self.book.month(index))
        return path


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """In a folder that is gone afterwards, unless TORTURE_FOLDER names one to be kept, with its logs."""
    kept = os.environ.get("TORTURE_FOLDER")
    folder = Path(kept or tempfile.mkdtemp(prefix="foothold-torture-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # PostgreSQL's user must get to its own folder in it
    try:
        with a_stage(folder) as whole:
            yield whole
    finally:
        if not kept:
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def prepared(stage: Stage) -> Prepared:
    print(f"TORTURE_SEED={SEED}")
    folder = stage.folder / "customers"
    book = make_book(folder, seed=SEED)
    stage.postgres.copy("template1", "empty")
    run = stage.child("setting", "empty", python("-m", "tests.torture.setting", str(folder)))
    assert run.wait() == 0, run.said()
    ready = Prepared(stage, book, token=run.said().strip().splitlines()[-1])
    stage.postgres.copy("empty", "before")
    worker = stage.worker("before")
    for index in range(len(book.months) - 1):
        stage.managed("before", "ingest_usage", str(ready.file(index)))
        settle(stage, "before")
    stage.stop(worker)
    return ready


@pytest.fixture
def clients(prepared: Prepared) -> Clients:
    return Clients(prepared.token)
