"""The eye of the tests of pages: what it finds, and what it takes for data."""

from __future__ import annotations

import pytest

from tests.translation.pseudo import widened
from tests.translation.visible import unmarked


@pytest.mark.parametrize(
    "page",
    [
        "<p>Hello</p>",
        '<a title="Hello">x</a>',
        '<input placeholder="Hello">',
        '<input type="submit" value="Hello">',
        f"<p>{widened('of')} <b>Hello</b></p>",
    ],
)
def test_a_text_in_ordinary_letters_is_found(page: str) -> None:
    assert unmarked(page, []) == ["Hello"]


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{widened('Hello')}</p>",
        "<p>Larch Telecom</p>",
        f"<p>{widened('of')} Larch Telecom, $412k</p>",
        "<code>manage.py limits</code>",
        '<input name="hello" value="hello">',
        "<p>csm@foothold.example</p>",
    ],
)
def test_marked_texts_and_data_are_not(page: str) -> None:
    assert unmarked(page, ["Larch Telecom"]) == []


def test_placeholders_tags_and_entities_keep_their_letters() -> None:
    text = "%(count)s <b>{name}</b> &amp; %d"
    assert widened(text) == text
