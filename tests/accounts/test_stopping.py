from __future__ import annotations

import os

import pytest

from accounts import tasks
from accounts.models import Job
from accounts.stopping import StopSign, stopping
from tests.accounts.handlers import HANDLERS
from tests.factories import make_job

# The children do nothing that a lock of another thread could hold up.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def exit_code_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def forked(sign: StopSign, *, renewed: bool) -> int:
    """A child that waits until the parent has spoken, then ends with what it sees: 1 for stop."""
    spoken, speak = os.pipe()
    child = os.fork()
    if child == 0:
        if renewed:
            sign.renew()
        os.read(spoken, 1)
        os._exit(int(sign.is_set()))
    sign.set()
    os.write(speak, b"!")
    for end in (spoken, speak):
        os.close(end)
    return child


def test_what_the_parent_is_told_its_children_see() -> None:
    assert exit_code_of(forked(StopSign(), renewed=False)) == 1


def test_a_child_with_a_sign_of_its_own_goes_on() -> None:
    assert exit_code_of(forked(StopSign(), renewed=True)) == 0


def test_a_sign_can_be_taken_back() -> None:
    sign = StopSign()
    sign.set()
    sign.clear()
    assert not sign.is_set()


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "is_sent"), [("stop", True), ("succeed", False)])
def test_a_worker_that_stops_hands_its_job_to_another(settings, monkeypatch, kind, is_sent) -> None:
    settings.JOB_HANDLERS = HANDLERS
    sent: list[int] = []
    monkeypatch.setattr(tasks.run_job, "delay", sent.append)
    job = make_job(kind=kind)
    try:
        tasks.run_job(job.pk)
    finally:
        stopping.clear()
    assert sent == ([job.pk] if is_sent else [])
    job.refresh_from_db()
    assert (job.state, job.attempts) == ((Job.State.QUEUED, 0) if is_sent else (Job.State.DONE, 1))
