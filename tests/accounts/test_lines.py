"""Lines out of plain and packed streams, whatever their size."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import FileUnusable
from accounts.lines import (
    CHUNK_BYTES,
    KEPT_BYTES,
    Line,
    decompress,
    plain_lines,
    read_lines,
    split_lines,
)


def read(content: bytes) -> list[Line]:
    return list(read_lines(io.BytesIO(content), name="f"))


def read_damaged(content: bytes) -> tuple[list[Line], str]:
    lines: list[Line] = []
    with pytest.raises(FileUnusable) as caught:
        lines.extend(read_lines(io.BytesIO(content), name="f"))
    return lines, str(caught.value)


def test_lines_are_numbered_and_blank_ones_left_out() -> None:
    assert read(b"a\r\n\n \t\nb") == [Line(1, b"a"), Line(4, b"b")]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_runs_of_blank_lines_count(size: int) -> None:
    content = b"\n\n \r\n\n a\n\n\n\n\n\nb\n\n\n"
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    assert list(split_lines(chunks)) == [Line(5, b" a"), Line(11, b"b")]


def test_a_stream_that_is_unpacked_already_is_not_unpacked_again() -> None:
    packed = gzip.compress(b"a", mtime=0)
    assert b"".join(line.text for line in plain_lines(io.BytesIO(packed))) == packed


def test_nothing_has_no_lines() -> None:
    assert read(b"") == []
    assert read(gzip.compress(b"")) == []


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    content = b"\xef\xbb\xbfa\nb"
    assert read(content) == read(gzip.compress(content)) == [Line(1, b"a"), Line(2, b"b")]


def test_gzip_is_known_by_its_first_bytes_and_may_come_in_members() -> None:
    packed = gzip.compress(b"a\nb") + gzip.compress(b"c\nd\n")
    assert read(packed + b"\0" * 9) == [Line(1, b"a"), Line(2, b"bc"), Line(3, b"d")]


def test_a_gzip_that_is_cut_off_gives_what_it_has() -> None:
    whole = gzip.compress(b"".join(b'{"n": %d}\n' % n for n in range(50_000)))
    lines, fault = read_damaged(whole[:-2000])
    assert fault == "f: it is cut off in the middle of the compressed data"
    assert lines[0].text == b'{"n": 0}'
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) > 30_000


def test_a_gzip_that_lacks_its_end_only_gives_every_line() -> None:
    lines, _ = read_damaged(gzip.compress(b"a\nb")[:-4])
    assert lines == [Line(1, b"a"), Line(2, b"b")]


def test_a_gzip_that_is_damaged_is_said_to_be() -> None:
    packed = bytearray(gzip.compress(bytes(range(256)) * 100))
    packed[100:110] = b"\xff" * 10
    assert "its compression is damaged" in read_damaged(bytes(packed))[1]


def test_a_line_that_is_too_long_is_cut_and_skipped_not_buffered() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"a\n"
        for _ in range(100):
            yield b"x" * KEPT_BYTES
        yield b"x\nb\n"

    lines = list(split_lines(chunks(), longest=KEPT_BYTES * 2))
    assert lines == [Line(1, b"a"), Line(2, b"x" * KEPT_BYTES, is_cut=True), Line(3, b"b")]


def test_a_bomb_unpacks_in_bounded_pieces() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    pieces = decompress([bomb], name="f")
    sizes = [len(piece) for piece in pieces]
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= CHUNK_BYTES


@given(st.lists(st.binary(max_size=20).filter(lambda text: b"\n" not in text)), st.integers(1, 7))
def test_where_a_stream_is_cut_into_chunks_does_not_matter(texts: list[bytes], size: int) -> None:
    content = b"\n".join(texts)
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    assert list(split_lines(chunks)) == list(split_lines([content]))
