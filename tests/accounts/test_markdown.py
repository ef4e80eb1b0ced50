"""What people write is shown as Markdown; whatever it says, no script comes of it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from accounts.markdown import MOST_CHARACTERS, SCHEMES, TAGS, render

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert&#40;1&#41;</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{background:url(//evil.example)}</style>",
    "<base href=//evil.example>",
    "<form action=//evil.example><button>",
    "<!--><img src=x onerror=alert(1)-->",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x09;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    '[x](https://ok.example "onmouseover=alert(1)")',
    '[x](https://ok.example" onmouseover="alert(1))',
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.gif)",
    "<javascript:alert(1)>",
    "<https://ok.example/?q=<script>alert(1)</script>>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "`<img src=x onerror=alert(1)>`",
    "[a]: javascript:alert(1)\n[a]",
    "> <details open ontoggle=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "# <img src=x onerror=alert(1)>",
]


class Seen(HTMLParser):
    """The tags and attributes that a browser would make of a text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def is_harmless(self) -> bool:
        schemes = tuple(f"{scheme}:" for scheme in SCHEMES)
        return self.tags <= TAGS and all(
            name == "rel" or (name == "href" and value.lower().startswith(schemes))
            for name, value in self.attributes
        )


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_comes_through(attack: str) -> None:
    assert Seen(render(attack)).is_harmless()


@given(st.lists(st.sampled_from([*ATTACKS, "*", "_", "`", "\n", "> ", "- ", "[", "](", ")", '"'])))
def test_nor_does_any_mixture_of_them(parts: list[str]) -> None:
    assert Seen(render("".join(parts))).is_harmless()


@given(st.text(max_size=200))
def test_nor_does_any_other_text(text: str) -> None:
    assert Seen(render(text)).is_harmless()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        pytest.param("one\ntwo", "<p>one<br>\ntwo</p>\n", id="a line break stays one"),
        pytest.param("**now** or *later*", "<p><strong>now</strong> or <em>later</em></p>\n", id="emphasis"),
        pytest.param("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n", id="a list"),
        pytest.param("# 1 of 2", "<p># 1 of 2</p>\n", id="no headings: the page has its own"),
        pytest.param("a < b & c", "<p>a &lt; b &amp; c</p>\n", id="signs are signs"),
        pytest.param("snake_case_name", "<p>snake_case_name</p>\n", id="names stay whole"),
        pytest.param(
            "[docs](https://docs.example)",
            '<p><a href="https://docs.example" rel="noopener noreferrer nofollow">docs</a></p>\n',
            id="a link gives nothing away",
        ),
        pytest.param("", "", id="nothing"),
    ],
)  # fmt: skip
def test_markdown_becomes(text: str, html: str) -> None:
    assert render(text) == html


def test_what_is_too_long_to_be_a_comment_stays_text() -> None:
    shown = render("*" * MOST_CHARACTERS + "<b>")
    assert shown.endswith("*&lt;b&gt;</p>")
    assert "<em>" not in shown


def test_a_template_shows_it_as_it_is() -> None:
    page = Template("{% load foothold %}{{ said|markdown }}{{ said }}")
    assert page.render(Context({"said": "*a*<b>"})) == "<p><em>a</em>&lt;b&gt;</p>\n*a*&lt;b&gt;"
