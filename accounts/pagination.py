from __future__ import annotations

from rest_framework.pagination import CursorPagination


class StandardCursorPagination(CursorPagination):
    """Pages by key, so that a deep page costs what the first one does."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = "pk"
