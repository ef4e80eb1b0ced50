"""People at an account, with what each does there and what they do not want to be sent."""

from __future__ import annotations

from accounts.keyset import FIRST, Asked, Key, KeysetPage, page_of
from accounts.models import Contact
from playbooks.queries.account.frame import Frame

PAGE = 50
KEYS = (Key("name", str), Key("pk", int))


def contacts(frame: Frame, *, asked: Asked = FIRST) -> KeysetPage[Contact]:
    """A page of an account's people by name. One query."""
    return page_of([frame.account.contacts.all()], KEYS, size=PAGE, asked=asked)
