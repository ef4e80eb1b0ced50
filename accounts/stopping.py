"""Whether this process has been told to stop: a job that runs in it gives itself back."""

from __future__ import annotations

from mmap import mmap


class StopSign:
    """Seen by this process and by all that are forked from it afterwards, without a lock.

    A worker's main process gets the signal to stop, its children do the jobs. One of them may be
    killed at any moment: a lock that it held would stop the others for ever.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Take a sign of one's own, not set: the parent's and its other children's is theirs."""
        self._shared = mmap(-1, 1)

    def set(self) -> None:
        self._shared[0] = 1

    def clear(self) -> None:
        self._shared[0] = 0

    def is_set(self) -> bool:
        return self._shared[0] == 1


stopping = StopSign()
