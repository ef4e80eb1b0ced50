"""Mentions in a text: found by e-mail, shown by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.mentions import mentioned, with_names

NAMES = {"cleo@foothold.example": "Cleo *the* CSM"}


@pytest.mark.parametrize(
    ("text", "emails"),
    [
        pytest.param("", set(), id="nothing"),
        pytest.param("@cleo@foothold.example", {"cleo@foothold.example"}, id="alone"),
        pytest.param("See @Cleo@Foothold.Example.", {"cleo@foothold.example"}, id="any case"),
        pytest.param(
            "(@a@b.example, @c.d+e@f.example)", {"a@b.example", "c.d+e@f.example"}, id="2"
        ),
        pytest.param("**@a@b.example**", {"a@b.example"}, id="in bold"),
        pytest.param("@a@b.example @a@b.example", {"a@b.example"}, id="twice is once"),
        pytest.param("Write to cleo@foothold.example", set(), id="an address is no mention"),
        pytest.param("@cleo", set(), id="a name alone is none"),
        pytest.param("x@cleo@foothold.example", set(), id="inside a word is none"),
        pytest.param("@cleo@localhost", set(), id="a host without a dot is none"),
    ],
)
def test_who_is_mentioned(text: str, emails: set[str]) -> None:
    assert mentioned(text) == emails


def test_a_mention_says_the_name_and_never_formats_it() -> None:
    text = "Ask @CLEO@foothold.example and @nobody@foothold.example"
    assert with_names(text, NAMES) == (r"Ask @Cleo \*the\* CSM and @nobody@foothold.example")


@given(st.text(alphabet="@ab.-+ ", max_size=200))
def test_a_text_without_known_names_stays_as_it_is(text: str) -> None:
    assert with_names(text, {}) == text
    assert all(f"@{email}" in text.lower() for email in mentioned(text))
