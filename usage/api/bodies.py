"""Bodies of payloads: read as bytes, plain or gzip, no further than their caps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.utils.translation import gettext
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from accounts.errors import FileUnusable
from accounts.lines import CHUNK_BYTES, LINE_BYTES, decompress

MEGABYTE = 1024 * 1024
SENT_BYTES = 50 * MEGABYTE
BULK_BYTES = 256 * MEGABYTE
MEMORY_BYTES = 4 * MEGABYTE  # a larger body waits on disk


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"


class BodyParser(BaseParser):
    """Hands a body out as a file of its uncompressed bytes; stops reading where it is too large."""

    longest = BULK_BYTES

    def parse(  # type: ignore[override]  # the views take a file
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> IO[bytes]:
        request = (parser_context or {})["request"]
        encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
        chunks = _bounded(_chunks(stream), SENT_BYTES)
        if encoding == "gzip":
            chunks = decompress(chunks, name="the body")
        elif encoding != "identity":
            raise UnsupportedMediaType(
                encoding, gettext("Content-Encoding is gzip, or is left out.")
            )
        return self._spooled(chunks)

    def _spooled(self, chunks: Iterator[bytes]) -> IO[bytes]:
        spooled: IO[bytes] = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - the view closes it
        try:
            for chunk in _bounded(chunks, self.longest):
                spooled.write(chunk)
        except FileUnusable as error:
            spooled.close()
            raise ParseError(
                gettext("The body cannot be read: %(reason)s.") % {"reason": error.reason}
            ) from error
        except APIException:
            spooled.close()
            raise
        spooled.seek(0)
        return spooled


class PayloadParser(BodyParser):
    media_type = "application/json"
    longest = LINE_BYTES


class PayloadsParser(BodyParser):
    media_type = "application/x-ndjson"


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.read(CHUNK_BYTES), b"")


def _bounded(chunks: Iterator[bytes], longest: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > longest:
            raise BodyTooLarge(
                gettext("The body is larger than %(longest)s bytes.") % {"longest": f"{longest:,}"}
            )
        yield chunk
