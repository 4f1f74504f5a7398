from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from conversations.events import EventStream


class CompressPages(GZipMiddleware):
    """Pages, not streams: what a compressor holds back is a word nobody sees.

    Django's GZipMiddleware makes the length of each answer random, against attacks that guess by it.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if isinstance(response, EventStream) else super().process_response(request, response)
