"""Lines that somebody might send who means harm, or whose program is broken; and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.usage.payloads import line

HEAD = b'{"uuid": "u-1", "hostname": "h.example", "recorded_at": "2026-10-04T03:00:00Z", '
COUNTS = "counts.ci_builds"


@dataclass(frozen=True)
class Hostile:
    """A line with the field and the beginning of the reason by which it is rejected."""

    name: str
    text: bytes
    field: str
    reason: str


def _with(member: bytes) -> bytes:
    return HEAD + member + b"}"


def _nested(opening: bytes, closing: bytes, levels: int) -> bytes:
    return _with(b'"x": ' + opening * levels + b"1" + closing * levels)


def _number(text: str) -> bytes:
    return _with(f'"counts": {{"ci_builds": {text}}}'.encode())


REJECTED = (
    Hostile("a hundred thousand lists", _nested(b"[", b"]", 100_000), "", "is not JSON: "),
    Hostile("a hundred thousand objects", _nested(b'{"x":', b"}", 100_000), "", "is not JSON: "),
    Hostile("lists without end", b"[" * 100_000, "", "is not JSON: "),
    Hostile("nine hundred lists", _nested(b"[", b"]", 900), "", "is nested deeper than 20"),
    Hostile("one level too many", _nested(b"[", b"]", 20), "", "is nested deeper than 20"),
    Hostile(
        "a thousand lists under a name that comes again",
        _with(b'"x": ' + b"[" * 1_000 + b"]" * 1_000 + b', "x": 1'), "", "is nested deeper than 20",
    ),
    Hostile("1e999", _number("1e999"), COUNTS, "is NaN or infinite"),
    Hostile("10 to the 400", _number("1" + "0" * 400), COUNTS, "is NaN or infinite"),
    Hostile("10 to the 5,000", _number("1" + "0" * 5_000), COUNTS, "is NaN or infinite"),
    Hostile("NaN", _number("NaN"), COUNTS, "is NaN or infinite"),
    Hostile("-Infinity", _number("-Infinity"), COUNTS, "is NaN or infinite"),
    Hostile("2 to the 63", _number(str(2**63)), COUNTS, "is a number beyond reason"),
    Hostile("2 to the 64", _number(str(2**64)), COUNTS, "is a number beyond reason"),
    Hostile("the largest double", _number("1.7976931348623157e308"), COUNTS, "is a number beyond"),
    Hostile("a hexadecimal number", _number("0x10"), "", "is not JSON: "),
    Hostile("two uuids", _with(b'"uuid": "u-2"'), "uuid", "is given twice"),
    Hostile("the same uuid twice", _with(b'"uuid": "u-1"'), "uuid", "is given twice"),
    Hostile("another uuid, written in escapes", _with(rb'"\u0075uid": "u-2"'), "uuid", "is given"),
    Hostile("two times", _with(b'"recorded_at": "2026-10-05T03:00:00Z"'), "recorded_at", "is given"),
    Hostile("a count twice", _with(b'"counts": {"a": 1, "a": 1}'), "counts.a", "is given twice"),
    Hostile("twice in a list", _with(b'"x": [0, {"a": 1, "a": 2}]'), "x[1].a", "is given twice"),
    Hostile("twice, behind a colon", _with(rb'"x": "\u003a", "y": 1, "y": 2'), "y", "is given"),
    Hostile("NUL in a text", _with(b'"x": "\0"'), "", "is not JSON: "),
    Hostile("NUL in the uuid", line(uuid="a\0b"), "uuid", "holds characters that cannot"),
    Hostile("NUL in the hostname", line(hostname="h\0"), "hostname", "holds characters that cannot"),
    Hostile("half a character", _with(rb'"x": "\ud800"'), "", "is not JSON: "),
    Hostile("half a character in bytes", _with(b'"x": "\xed\xa0\x80"'), "", "is not UTF-8"),
    Hostile("Latin-1", _with(b'"x": "M\xfcnchen"'), "", "is not UTF-8"),
    Hostile("UTF-16", line().decode().encode("utf-16")[:40], "", "is not UTF-8"),
    Hostile("a byte order mark in the middle", b"\xef\xbb\xbf" + line(), "", "is not JSON: "),
    Hostile("two payloads on a line", line() + b" " + line(), "", "is not JSON: "),
    Hostile("half a payload", line()[:-9], "", "is not JSON: "),
    Hostile("a payload in single quotes", line().replace(b'"', b"'"), "", "is not JSON: "),
    Hostile("gzip in gzip", b"\x1f\x8b\x08\x00\x00\x00", "", "is not UTF-8"),
    Hostile("nothing", b"{}", "uuid", "is missing"),
    Hostile("null", b"null", "", "is no JSON object"),
    Hostile("a text", b'"payload"', "", "is no JSON object"),
    Hostile("a formula", b"=1+1", "", "is not JSON: "),
)  # fmt: skip

# odd, but each says one thing only; by name
ACCEPTED = {
    "-0": _number("-0"),
    "-0.0": _number("-0.0"),
    "the smallest double": _number("5e-324"),
    "2 to the 63, not tracked": _with(b'"x": 9223372036854775808'),
    "NUL in escapes in a text": _with(rb'"x": "\u0000"'),
    "NUL in escapes in a name": _with(rb'"a\u0000b": 1'),
    "a colon in escapes": _with(rb'"x\u003ay": 1'),
    "colons in texts": _with(b'"x": ":::", "y:y": ":"'),
    "a name in two objects": _with(b'"x": {"a": 1}, "y": {"a": 1}'),
    "names that differ by case": _with(b'"X": 1, "x": 2'),
    "an empty name": _with(b'"": 1'),
    "as deep as may be": _nested(b"[", b"]", 19),
    "a hundred thousand numbers": _with(b'"x": [' + b"1," * 100_000 + b"1]"),
    "spaces all around": b" \t" + _with(b'"x" : 1') + b" \r",
}
