from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from chatsite.middleware import OnTheLoop

WORTH_A_THREAD = 4096
"""Bytes from which to compress them would hold up everybody else."""


class CompressPages(OnTheLoop, GZipMiddleware):
    """Pages, not streams: what a compressor holds back is a word nobody sees.

    Files are left alone, too. The static ones lie compressed on the disk where that is worth it, and of the others
    Django would send the first piece only: servestatic closes a file once its first reader has gone.

    Django's GZipMiddleware makes the length of each answer random, against attacks that guess by it.
    """

    def asks(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        return not response.streaming and len(getattr(response, "content", b"")) >= WORTH_A_THREAD

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if response.streaming else super().process_response(request, response)
