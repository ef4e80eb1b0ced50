"""What people write, as HTML that a page may show: Markdown of a few kinds, and nothing else."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr"}
SCHEMES = {"http", "https", "mailto"}
REL = "noopener noreferrer nofollow"
_BEGINNINGS = tuple(f"{scheme}:" for scheme in SCHEMES)
MOST_CHARACTERS = 20_000  # as much as a page shows; what is longer stays text

_parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).disable(
    ["image", "heading", "lheading", "reference"]  # a page has its own headings, and loads nothing
)


class CleanHTML(str):
    """HTML that `render` let through: templates show it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def render(text: str) -> CleanHTML:
    """The HTML of a text in Markdown; a line break stays one, HTML in it is shown as text."""
    if len(text) > MOST_CHARACTERS:
        return CleanHTML(f"<p>{nh3.clean_text(text)}</p>")
    html = _parser.render(text)
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        attribute_filter=_allowed,
        url_schemes=SCHEMES,
        link_rel=REL,
    )
    return CleanHTML(clean)


def _allowed(_tag: str, name: str, value: str) -> str | None:
    """The value of an attribute, or None to drop it: a link leads to a whole address elsewhere."""
    is_link = name == "href" and value.lower().startswith(_BEGINNINGS)
    return value if is_link or name == "rel" else None
