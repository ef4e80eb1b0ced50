"""Who is answered what: the one table that the matrix is held against."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from tests.access.cast import Person
from tests.access.routes import Kind


class Answer(Enum):
    OPEN = auto()
    """Answers, with nothing of a customer in it."""
    SIGN_IN = auto()
    """Asks to sign in, or 401 or 403 of the API."""
    TOLD = auto()
    """200, and the mark is in it where it is a list."""
    BLANK = auto()
    """200, and the mark is not in it."""
    DONE = auto()
    """Gets as far as the rules: done, or told what is wrong with what was sent."""
    FORBIDDEN = auto()
    """403."""
    HIDDEN = auto()
    """404."""


OUTSIDE = (Person.ANONYMOUS, Person.INACTIVE)
TEAM = (Person.OWNER, Person.TEAMMATE, Person.MANAGER)
OTHERS = (Person.STRANGER, Person.STRANGE_MANAGER, Person.TEAMLESS, Person.FLAGGED)

O, S, T, B, D, F, H = (  # noqa: E741 - letters, so that the table can be seen as one
    Answer.OPEN, Answer.SIGN_IN, Answer.TOLD, Answer.BLANK, Answer.DONE, Answer.FORBIDDEN,
    Answer.HIDDEN,
)  # fmt: skip

GROUPS = (OUTSIDE, TEAM, OTHERS, (Person.VIEWER,), (Person.ADMIN,))
READ = {
    # kind          outside  team  others  viewer  admin
    Kind.PUBLIC:    (O,      O,    O,      O,      O),
    Kind.PERSONAL:  (S,      B,    B,      B,      B),
    Kind.GUARDED:   (S,      O,    O,      O,      O),
    Kind.SHARED:    (S,      B,    B,      B,      B),
    Kind.LIST:      (S,      T,    B,      T,      T),
    Kind.PICK:      (S,      T,    B,      F,      T),
    Kind.RECORD:    (S,      T,    H,      T,      T),
    Kind.FORM:      (S,      T,    H,      F,      T),
    Kind.RULED:     (S,      T,    H,      T,      T),
    Kind.OPERATION: (S,      F,    F,      F,      B),
    Kind.SETTING:   (S,      F,    F,      F,      B),
}  # fmt: skip
WRITE = {
    Kind.ACTION:    (S,      D,    H,      F,      D),
    Kind.FORM:      (S,      D,    H,      F,      D),
    Kind.WORK:      (S,      D,    D,      F,      D),
    Kind.OWN:       (S,      D,    D,      D,      D),
    Kind.FOLLOWED:  (S,      D,    H,      D,      D),
    Kind.INGEST:    (S,      F,    F,      F,      D),
    Kind.CONFIGURE: (S,      F,    F,      F,      D),
    Kind.SETTING:   (S,      F,    F,      F,      D),
    Kind.SHARED:    (S,      F,    F,      F,      D),  # creates: configuration, by who configures
    Kind.RULED:     (S,      F,    F,      F,      D),
    Kind.OPERATION: (S,      F,    F,      F,      D),  # creates: asks for more of it
    Kind.LIST:      (S,      D,    D,      F,      D),  # creates: what it names is looked at then
}  # fmt: skip

Row = Mapping[Person, Answer]


def by_person(row: tuple[Answer, ...]) -> Row:
    return {
        person: answer
        for group, answer in zip(GROUPS, row, strict=True)
        for person in group
    }  # fmt: skip


READING = {kind: by_person(row) for kind, row in READ.items()}
WRITING = {kind: by_person(row) for kind, row in WRITE.items()}
