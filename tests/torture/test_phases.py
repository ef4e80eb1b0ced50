"""kill -9 in each phase of ingest, scoring and the opening of calls to action; then run again.

What is in the database then equals what an undisturbed run has left, in every export and every row.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.torture.conftest import Prepared
from tests.torture.drive import Clients, jobs_by_state, settle
from tests.torture.pauses import VICTIM, Phase, held, reading, until_gone, until_held
from tests.torture.processes import Child, answers, free_port, python, until
from tests.torture.stage import Stage
from tests.torture.state import assert_same, state

pytestmark = pytest.mark.torture

QUICK = pytest.mark.torture_quick
DATABASE = "phase"


def named(*phases: Phase, quick: str = "") -> list[object]:
    return [
        pytest.param(phase, id=phase.name, marks=QUICK if phase.name == quick else ())
        for phase in phases
    ]


@pytest.fixture
def database(prepared: Prepared) -> Iterator[str]:
    """All months but the newest are scored; what a test starts on it ends with the test."""
    assert prepared.undisturbed
    prepared.stage.postgres.copy(prepared.before, DATABASE)
    before = list(prepared.stage.started)
    yield DATABASE
    prepared.stage.stop(*(c for c in prepared.stage.started if c not in before))


def heal(prepared: Prepared, database: str) -> None:
    """A worker that nobody kills, until nothing is left to do; then compare."""
    worker = prepared.stage.worker(database, "healer")
    settle(prepared.stage, database)
    prepared.stage.stop(worker)
    assert_same(state(prepared.stage, database, prepared.book.months), prepared.undisturbed)


def kill_at(stage: Stage, database: str, victim: Child) -> None:
    until_held(stage.postgres, database)
    assert victim.kill_all(), victim.said()


# --- Ingest -----------------------------------------------------------------------------------------

INGEST = named(
    reading("instances are looked up", "usage_instance"),
    Phase("payloads are written", "usage_rawpayload"),
    Phase("snapshots are written", "usage_snapshot"),
    Phase("the scoring is queued", "accounts_job"),
    Phase("the batch commits", "usage_rawpayload", at_commit=True),
    reading("stored, and no worker is woken yet", "usage_labelrule"),
    quick="the batch commits",
)


@pytest.mark.parametrize("phase", INGEST)
def test_an_ingest_killed_while(prepared: Prepared, database: str, phase: Phase) -> None:
    path = str(prepared.file(-1))
    with held(prepared.stage.postgres, database, phase):
        victim = prepared.stage.manage(database, "ingest_usage", path, name=VICTIM)
        kill_at(prepared.stage, database, victim)
    prepared.stage.managed(database, "ingest_usage", path)
    heal(prepared, database)


@pytest.mark.parametrize(
    "lines", [pytest.param(7, id="nothing is stored"), pytest.param(2_500, id="a batch is stored")]
)
def test_an_ingest_killed_in_the_middle_of_its_file(
    prepared: Prepared, database: str, lines: int
) -> None:
    pipe = prepared.stage.folder / "pings.ndjson"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    victim = prepared.stage.manage(database, "ingest_usage", str(pipe), name=VICTIM)
    month = prepared.book.month(-1).splitlines(keepends=True)
    known = prepared.stage.postgres.rows(database, "SELECT count(*) FROM usage_rawpayload")
    with pipe.open("wb") as out:
        out.writelines((month * (lines // len(month) + 1))[:lines])
        out.flush()
        if lines > len(month):
            query = "SELECT count(*) FROM usage_rawpayload"
            until(lambda: prepared.stage.postgres.rows(database, query) != known, "a batch")
        assert victim.kill_all()
    until_gone(prepared.stage.postgres, database)
    prepared.stage.managed(database, "ingest_usage", str(prepared.file(-1)))
    heal(prepared, database)


@pytest.mark.parametrize(
    "phase",
    named(
        Phase("payloads are written", "usage_rawpayload"),
        Phase("the batch commits", "usage_rawpayload", at_commit=True),
    ),
)
def test_a_web_process_killed_while(
    prepared: Prepared, database: str, clients: Clients, phase: Phase
) -> None:
    """Its caller gets no answer, does not know, and sends the same again."""
    port = free_port()
    with held(prepared.stage.postgres, database, phase):
        victim = prepared.stage.child(VICTIM, database, web_command(port))
        until(lambda: answers(port), "the web process listens")
        caller = prepared.stage.child("caller", database, posting(prepared, port))
        kill_at(prepared.stage, database, victim)
        caller.wait()
        assert caller.said().strip().splitlines()[-1] == "0"  # no answer came
    port = free_port()
    prepared.stage.web(database, port=port)
    until(lambda: answers(port), "the web process listens")
    assert clients.send_part(port, prepared.book.month(-1)) == []
    heal(prepared, database)


def web_command(port: int) -> list[str]:
    return python("-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4",
                  "--no-control-socket")  # fmt: skip


def posting(prepared: Prepared, port: int) -> list[str]:
    code = (
        "import sys; from tests.torture.drive import Clients\n"
        "token, port, path = sys.argv[1:]\n"
        "body = open(path, 'rb').read()\n"
        "where = '/api/v1/usage/service-pings/bulk/'\n"
        "print(Clients(token).post(int(port), where, body, 'application/x-ndjson')[0])"
    )
    return python("-c", code, prepared.token, str(port), str(prepared.file(-1)))


# --- Scoring and calls to action ----------------------------------------------------------------------

SCORING = named(
    Phase("the job is claimed", "accounts_job", action="UPDATE"),
    reading("readings are read", "usage_snapshot"),
    Phase("cards are written", "usage_scorecard"),
    Phase("a shard commits", "usage_scorecard", at_commit=True),
    Phase(
        "shards are done and others not",
        "accounts_job",
        action="UPDATE",
        condition="NEW.state = 'running' AND NEW.done_count > 20",
    ),
    Phase("transitions are written", "usage_transition"),
    Phase("calls to action are opened", "playbooks_calltoaction"),
    Phase("their tasks are made", "playbooks_task"),
    Phase("their events are written", "playbooks_ctaevent"),
    Phase("calls to action commit", "playbooks_calltoaction", at_commit=True),
    Phase("the job finishes", "accounts_job", action="UPDATE", condition="NEW.state = 'done'"),
    quick="calls to action commit",
)


@pytest.mark.parametrize("phase", SCORING)
def test_a_worker_killed_while(prepared: Prepared, database: str, phase: Phase) -> None:
    prepared.stage.managed(database, "ingest_usage", str(prepared.file(-1)))
    assert jobs_by_state(prepared.stage, database)["queued"] == 1
    with held(prepared.stage.postgres, database, phase):
        victim = prepared.stage.worker(database, VICTIM)
        kill_at(prepared.stage, database, victim)
    heal(prepared, database)
