"""Lines out of a stream of bytes, plain or gzip, of any size in constant memory. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from accounts.errors import FileUnusable

CHUNK_BYTES = 256 * 1024
LINE_BYTES = 20 * 1024 * 1024  # far beyond any payload; a longer line is skipped, not buffered
KEPT_BYTES = 100_000  # of a line that is too long
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    number: int
    text: bytes
    is_cut: bool = False


def read_lines(stream: BinaryIO, *, name: str) -> Iterator[Line]:
    """Yield the lines that are not blank; raise FileUnusable where a gzip stream is damaged.

    What could be read of it has been yielded by then, its last line perhaps cut in the middle.
    """
    chunks = iter(lambda: stream.read(CHUNK_BYTES), b"")
    head = next(chunks, b"")
    if head[:2] == GZIP_MAGIC:
        return split_lines(decompress(_prepend(head, chunks), name=name))
    return split_lines(_prepend(head, chunks))


def plain_lines(stream: BinaryIO) -> Iterator[Line]:
    """Yield the lines that are not blank of a stream that is unpacked already."""
    return split_lines(iter(lambda: stream.read(CHUNK_BYTES), b""))


def split_lines(chunks: Iterable[bytes], *, longest: int = LINE_BYTES) -> Iterator[Line]:
    """Yield numbered lines without their ends; leave blank ones out, cut those that are too long.

    Lets an error of the chunks through after the lines before it.
    """
    number, rest, is_skipping = 1, b"", False
    try:
        for chunk in chunks:
            if not rest and not is_skipping and chunk.isspace():  # many, where somebody means harm
                number, rest = number + chunk.count(b"\n"), chunk[chunk.rfind(b"\n") + 1 :]
                continue
            first, *others = chunk.split(b"\n")
            for following in others:
                if (rest or first) and not is_skipping:
                    yield from _line(number, rest + first)
                number, rest, first, is_skipping = number + 1, b"", following, False
            if not is_skipping:
                rest += first
            if len(rest) > longest:
                yield Line(number, rest[:KEPT_BYTES], is_cut=True)
                rest, is_skipping = b"", True
    except FileUnusable:
        yield from _line(number, rest)
        raise
    yield from _line(number, rest)


def decompress(chunks: Iterable[bytes], *, name: str) -> Iterator[bytes]:
    """Unpack gzip, one member or several, a bounded piece at a time."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            pending = chunk
            while pending:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(wbits=31)
                yield unpacker.decompress(pending, CHUNK_BYTES)
                pending = unpacker.unconsumed_tail or unpacker.unused_data.lstrip(b"\0")
        yield unpacker.flush()
    except zlib.error as error:
        raise FileUnusable(name, f"its compression is damaged ({error})") from error
    if not unpacker.eof:
        raise FileUnusable(name, "it is cut off in the middle of the compressed data")


def _line(number: int, text: bytes) -> Iterator[Line]:
    if number == 1:
        text = text.removeprefix(BYTE_ORDER_MARK)
    if text and not text.isspace():
        yield Line(number, text.removesuffix(b"\r"))


def _prepend(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks
