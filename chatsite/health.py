import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from chatsite.middleware import OnTheLoop
from conversations import health, live
from conversations.store import StoreError
from conversations.sweep import try_to_write
from conversations.transcripts import archive

logger = logging.getLogger(__name__)


class Probes(OnTheLoop):
    """Are answered before the host check and the https redirect: they know neither, and take a redirect for a yes."""

    def asks_first(self, request: HttpRequest) -> bool:
        return request.path == "/readyz"

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        return readyz() if request.path == "/readyz" else None


def readyz() -> JsonResponse:
    """200 when the database and the store answer; else 503 that names what does not, without saying why. A process
    that is about to end says so, and is sent nobody any more.

    `conditions` says what holds writers apart: the store itself, or a lock in the database. This process knows it
    as soon as it has written something.
    """
    state = {"database": "ok", "store": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if health.is_away():
            # Or can it only be read?
            try_to_write()
    except DatabaseError:
        logger.exception("The database does not answer")
        state["database"] = "unavailable"
    try:
        archive().store.check()
    except StoreError:
        logger.exception("The store does not answer")
        state["store"] = "unavailable"
    if live.draining:
        state["process"] = "restarting"
    status = 200 if set(state.values()) == {"ok"} else 503
    if conditions := archive().store.conditions:
        state["conditions"] = conditions
    return JsonResponse(state, status=status, headers={"Cache-Control": "no-store"})
