from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import QuerySet
from django.utils.translation import gettext
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class StandardCursorPagination(CursorPagination):
    """Pages by key, so that a deep page costs what the first one does; ordered by id, oldest first."""

    page_size = 50
    page_size_query_param = "page_size"
    page_size_query_description = "Results a page, up to 500; a larger number counts as 500."
    cursor_query_description = "Where a page begins: from `next` or `previous` of another page."
    max_page_size = 500
    ordering = "pk"

    def get_page_size(self, request: Request) -> int | None:
        text = request.query_params.get(self.page_size_query_param or "")
        if text is not None and not (text.isdecimal() and text.isascii() and int(text[:9])):
            raise ValidationError(
                {self.page_size_query_param: gettext("Give a whole number above 0.")}
            )
        return super().get_page_size(request)

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any] | None:
        if self.cursor_query_param not in request.query_params:
            return super().paginate_queryset(queryset, request, view)
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, InvalidValue) as error:  # it names no key: made up or mangled
            raise NotFound(self.invalid_cursor_message) from error
