"""The `Idempotency-Key` header of writes: an answer that was lost on its way is given again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from typing import IO, Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import KeyReused
from accounts.models import IdempotencyKey
from accounts.services import idempotency
from accounts.services.idempotency import Call
from accounts.throttling import caller_of

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
CHUNK_BYTES = 64 * 1024
Handler = Callable[..., HttpResponse]


class IdempotencyKeyReused(APIException):
    status_code = 422
    default_code = "idempotency_key_reused"


class IdempotentWrites(APIView):
    """Does a write that names a key once: its answer is stored in the transaction of its effect.

    Errors are not stored: what was refused left nothing behind, and may be tried again.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = str(request.method)
        if method in SAFE_METHODS or HEADER not in request.headers:
            return
        name = method.lower()
        handler = getattr(self, name, self.http_method_not_allowed)
        setattr(self, name, partial(self._once, handler))

    def _once(self, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        body = json.dumps(request.data, sort_keys=True)
        call = call_of(request, hashlib.sha256(body.encode()).hexdigest())
        with transaction.atomic():
            stored = claim(call)
            if stored.status is not None:
                return replayed(stored)
            response = handler(request, *args, **kwargs)
            keep(stored, response)
        return response


def call_of(request: Request, body_digest: str) -> Call:
    """The call that a request is; a key that is none is refused."""
    key = request.headers[HEADER]
    if not KEY.fullmatch(key):
        raise ValidationError({HEADER: [gettext("It has 1 to 255 visible ASCII characters.")]})
    return Call(
        caller=caller_of(request),
        key=key,
        method=str(request.method),
        path=request.get_full_path()[:500],
        body_digest=body_digest,
    )


def digest_of(body: IO[bytes]) -> str:
    """The digest of a body that is a file; leaves it at its begin."""
    digest = hashlib.sha256()
    while chunk := body.read(CHUNK_BYTES):
        digest.update(chunk)
    body.seek(0)
    return digest.hexdigest()


def claim(call: Call) -> IdempotencyKey:
    try:
        return idempotency.claim(call, now=timezone.now())
    except KeyReused as error:
        raise IdempotencyKeyReused(str(error)) from error


def keep(stored: IdempotencyKey, response: HttpResponse) -> None:
    if isinstance(response, Response):
        answer = JSONRenderer().render(response.data).decode()
        idempotency.keep_answer(stored, status=response.status_code, answer=answer)


def replayed(stored: IdempotencyKey) -> HttpResponse:
    """What was answered before, to the byte."""
    return HttpResponse(
        stored.answer,
        status=stored.status,
        content_type="application/json",
        headers={"Idempotent-Replayed": "true"},
    )
