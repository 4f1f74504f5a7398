"""The reader's time zone: the page's script keeps its name in a cookie."""

import zoneinfo
from urllib.parse import unquote

from django.http import HttpRequest
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

COOKIE = "timezone"


class ReaderTimezone(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        timezone.activate(named(unquote(request.COOKIES.get(COOKIE, ""))))


def named(name: str) -> zoneinfo.ZoneInfo:
    """UTC when there is no such zone."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")
