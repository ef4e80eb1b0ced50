"""The licences of all that is handed on with Foothold are listed, and are ones that may be."""

from __future__ import annotations

import pytest

from tests.architecture.licences import is_forbidden, listed, locked


def test_the_list_is_that_of_the_locks() -> None:
    assert {(row.name, row.version) for row in listed()} == locked()


def test_none_is_one_that_may_not_be_handed_on() -> None:
    assert [row for row in listed() if is_forbidden(row.licence)] == []


@pytest.mark.parametrize(
    ("licence", "forbidden"),
    [
        ("MIT License", False),
        ("LGPL-3.0-only", False),
        ("MIT OR GPL-2.0", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("GPL-3.0-or-later", True),
        ("GNU Affero General Public License v3", True),
        ("UNKNOWN", True),
    ],
)
def test_which_may_be(licence: str, forbidden: object) -> None:
    assert is_forbidden(licence) is forbidden
