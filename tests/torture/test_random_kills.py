"""Hundreds of kills at random moments, of anything, while months of payloads come in and are scored.

    TORTURE_KILLS=200 TORTURE_SEED=7 make torture ARGS="-k random"

In the end the database equals that of a run that nobody disturbed. The same seed draws the same victims
and pauses; what they hit depends on the machine.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from threading import Event

import psycopg
import pytest

from tests.torture.conftest import SEED, Prepared
from tests.torture.drive import Clients, broker, is_up, nudge, retry_failed, settle
from tests.torture.processes import Child, TookTooLong, free_port, until
from tests.torture.stage import Stage
from tests.torture.state import assert_same, digest, state

pytestmark = pytest.mark.torture

KILLS = int(os.environ.get("TORTURE_KILLS", "200"))
MOST_SECONDS = 30 * 60
LONGEST_PAUSE = 1.5  # seconds between two kills
LULL, LONGEST_LULL = 0.12, 12  # share of longer pauses, in which what was started gets to its work
NIGHTLY = {"account", "cards"}
WEIGHTS = {
    "a process of a worker": 30,
    "a worker": 15,
    "a process of the web": 15,
    "the web": 8,
    "beat": 4,
    "Redis": 10,
    "a session of PostgreSQL": 8,
    "PostgreSQL": 8,
}


class Storm:
    """An installation that is killed in parts and always started again, as a supervisor would."""

    def __init__(self, stage: Stage, database: str, chance: Random) -> None:
        self.stage = stage
        self.database = database
        self.chance = chance
        self.port = free_port()
        self.web = stage.web(database, port=self.port)
        self.workers = [stage.worker(database, f"worker{n}") for n in range(2)]
        self.beat = stage.beat(database)
        self.kills: Counter[str] = Counter()

    def kill_one(self) -> None:
        """Kill somebody who lives; counts only where one did."""
        [name] = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        actions: dict[str, Callable[[], bool]] = {
            "a process of a worker": lambda: self._kill_child(self.chance.choice(self.workers)),
            "a worker": lambda: self.chance.choice(self.workers).kill(),
            "a process of the web": lambda: self._kill_child(self.web),
            "the web": self.web.kill_all,
            "beat": self.beat.kill,
            "Redis": self.stage.redis.kill,
            "a session of PostgreSQL": self._kill_session,
            "PostgreSQL": self.stage.postgres.child.kill,
        }
        if actions[name]():
            self.kills[name] += 1

    def _kill_child(self, parent: Child) -> bool:
        children = parent.children() if parent.lives else []
        if not children:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.chance.choice(children), signal.SIGKILL)
            return True
        return False

    def _kill_session(self) -> bool:
        """A killed session takes all others with it: PostgreSQL then recovers by itself."""
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY pid"
        with suppress(psycopg.OperationalError, ProcessLookupError):
            pids = [pid for (pid,) in self.stage.postgres.rows("postgres", query, self.database)]
            if pids:
                os.kill(self.chance.choice(pids), signal.SIGKILL)
                return True
        return False

    def supervise(self) -> None:
        """Start again what is dead; processes that a killed one has left behind end first."""
        if not self.stage.postgres.child.lives:
            self.stage.postgres.start()
        if not self.stage.redis.lives:
            self.stage.start_redis()
        for child in (self.web, *self.workers, self.beat):
            if not child.lives:
                child.kill_all()
                child.start()


class Sender:
    """Sends month after month, each when the one before is scored; then all of it again and again."""

    def __init__(self, storm: Storm, clients: Clients, prepared: Prepared) -> None:
        self.storm = storm
        self.clients = clients
        self.book = prepared.book
        self.is_over = Event()
        self.rounds = 0
        self.refused: Counter[int] = Counter()

    def run(self) -> None:
        while self.rounds == 0 or not self.is_over.is_set():
            for month in self.book.parts:
                for part in month:
                    self.refused.update(self.clients.send_part(self.storm.port, part, seconds=600))
                self._until_scored()
            self.rounds += 1
            self._rescore_all()

    def _until_scored(self) -> None:
        deadline = time.monotonic() + MOST_SECONDS
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError, TookTooLong):
                settle(self.storm.stage, self.storm.database, seconds=5)
                return
        raise TookTooLong("the jobs of a month")

    def _rescore_all(self) -> None:
        """The message that beat sends each night."""
        with broker(self.storm.stage) as app, suppress(Exception):
            app.send_task("playbooks.tasks.rescore_nightly", retry=False)


def test_random_kills_lose_nothing_and_double_nothing(prepared: Prepared, clients: Clients) -> None:
    stage, months = prepared.stage, prepared.book.months
    stage.postgres.copy(prepared.empty, "storm")
    chance = Random(SEED)  # noqa: S311 - victims and pauses
    storm = Storm(stage, "storm", chance)
    sender = Sender(storm, clients, prepared)
    started = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(sender.run)
        try:
            while storm.kills.total() < KILLS and not sending.done():
                assert time.monotonic() - started < MOST_SECONDS, storm.kills
                is_lull = chance.random() < LULL
                time.sleep(chance.uniform(0.05, LONGEST_LULL if is_lull else LONGEST_PAUSE))
                storm.kill_one()
                storm.supervise()
        finally:
            sender.is_over.set()
            stormed = time.monotonic() - started
            until(lambda: is_up(stage, "storm"), "PostgreSQL is back")
            storm.supervise()
        sending.result(timeout=600)
    retry_failed(stage, "storm")
    nudge(stage)
    settle(stage, "storm")
    stage.stop(storm.web, storm.beat, *storm.workers)
    left = state(stage, "storm", months)
    print(
        f"\nTORTURE_SEED={SEED}: {storm.kills.total()} kills in {stormed:.0f} s, {dict(storm.kills)}; "
        f"{sender.rounds} rounds, calls without success: {dict(sender.refused)}; state {digest(left)}"
    )
    assert storm.kills.total() >= KILLS
    assert left["ctas"].count("\n") > 10
    # the nightly rescoring also makes the empty cards of who has reported nothing
    assert_same(left, {name: prepared.undisturbed[name] for name in left.keys() - NIGHTLY})
    for name in NIGHTLY:
        assert set(prepared.undisturbed[name].splitlines()) <= set(left[name].splitlines())
    prepared.rescore("storm")
    assert_same(state(stage, "storm", months), prepared.rescored)
