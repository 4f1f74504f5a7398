"""The pages: a conversation, a new one, and pieces of them on demand."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import async_to_sync
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.preferences import preferences, theme
from conversations import admission, bin, changes, flags, live, offer, sidebar, starters  # noqa: A004
from conversations.archive import Opened
from conversations.elsewhere import settle
from conversations.forms import MessageForm, storable
from conversations.models import Conversation
from conversations.opening import view_of
from conversations.page import SHOWN, running, seen, shown
from conversations.refusals import Refused
from conversations.store import StoreUnavailable
from conversations.transcripts import archive, load
from conversations.views import lists
from conversations.views.access import Request
from conversations.views.beginning import beginning

STORE_AWAY = _(
    "The storage cannot be reached right now. You can read what was last known here; new messages cannot be saved"
    " until it is back."
)


@require_safe
def home(request: Request) -> HttpResponse:
    owned = Conversation.objects.owned_by(request.user)
    # Each of the two is read from an index of its own.
    newest = [row for rows in (owned.listed(), owned.pinned()) if (row := rows.newest_first().first())]
    return redirect(max(newest, key=lambda row: row.updated_at) if newest else "conversations:new")


@require_safe
@ensure_csrf_cookie
def new(request: Request) -> HttpResponse:
    return page(request, uuid4())


@require_safe
@ensure_csrf_cookie
def detail(request: Request, conversation: UUID) -> HttpResponse:
    return page(request, conversation, owned(request.user, conversation))


def again(request: Request, uuid: UUID, form: MessageForm, refused: Refused) -> HttpResponse:
    """The page once more, with what was typed and why it was not sent."""
    if form.is_valid():
        form.add_error(None, str(refused.sentence))
    conversation = Conversation.objects.owned_by(request.user).filter(id=uuid).first()
    return page(request, uuid, conversation, form, status=refused.status)


def page(
    request: Request,
    uuid: UUID,
    conversation: Conversation | None = None,
    form: MessageForm | None = None,
    status: int = 200,
) -> HttpResponse:
    since = changes.cursor_for(request.user)
    chosen = preferences(request.user.preferences)
    context: dict[str, Any] = {
        "conversation": conversation,
        "conversation_id": uuid,
        "message_id": uuid4(),
        # Django would put its own there.
        "messages": [],
        "form": form,
        "since": since,
        "preferences": chosen,
        "theme": theme(request.COOKIES, chosen),
    }
    if conversation:
        context |= conversation_context(conversation, uuid_or_none(request.GET.get("message", "")))
        if conversation.unread:
            changes.mark_read(conversation)
        if form:
            # A page that refreshes itself would lose what was typed.
            context["running"] = None
    else:
        context |= beginning(request)
    wanted = context.get("chosen_model") or context.get("wished_model")
    offered = offer.offered(offer.config_of(request.user), request.user, wanted)
    context |= {"model": offered.model, "model_name": offered.name, "notice": context.get("notice") or offered.notice}
    if not conversation:
        guided = offered.model == "guide"
        usual = starters.FOR_THE_GUIDE if guided else starters.FOR_A_MODEL
        servers = offer.choices(async_to_sync(offer.servers)()) if guided else ()
        context = {"starters": usual, "servers": servers} | context
    rows = sidebar.rows(request.user)
    context |= {"groups": rows.groups, "next_cursor": rows.next_cursor}
    if changes.tells_of_deletion(since):
        context |= thrown_context(request.user)
    return render(request, "conversations/page.html", context, status=status)


def thrown_context(user: User) -> dict[str, Any]:
    """What can still be taken back."""
    thrown = bin.thrown_last(user)
    ids = ",".join(str(row.id) for row in thrown)
    return {"thrown": thrown, "thrown_ids": ids, "thrown_seconds": bin.seconds_left(thrown[0])} if thrown else {}


def conversation_context(conversation: Conversation, at: UUID | None = None) -> dict[str, Any]:
    """Of the newest messages, or of those around one."""
    unfinished = settle(conversation)
    opened = opened_or_404(conversation)
    if not opened.remembered and conversation.title != opened.transcript.title:
        admission.call(Conversation.objects.filter(id=conversation.id), opened.transcript)
        conversation.refresh_from_db()
    if not opened.remembered and flags.differs(conversation, opened.transcript):
        flags.follow(opened.transcript)
        conversation.refresh_from_db()
    leaf = opened.transcript.leaf
    end: UUID | str | None = unfinished.question if unfinished else leaf
    view = view_of(opened.transcript, at, str(end)) if at and end and not opened.remembered else None
    if view and view.end != str(end):
        # What is being written below, or on another branch, is not in this view.
        leaf = str(unfinished.id) if unfinished and view.leaf == str(end) else view.leaf
        unfinished, end = None, view.end
    messages, older = shown(opened.transcript, end, away=opened.remembered, most=view.most if view else SHOWN)
    if unfinished:
        messages.append(running(opened.transcript, unfinished, live.replies.get(unfinished.id)))
        leaf = str(unfinished.id)
    context = {
        "messages": messages,
        "older": older,
        "leaf": leaf,
        "running": unfinished and unfinished.id,
        "cleared": opened.transcript.is_cleared and not unfinished,
        "later": bool(view and view.end != view.leaf),
        "window": seen(messages),
        "chosen_model": opened.transcript.settings.model,
    }
    return context | ({"notice": STORE_AWAY} if opened.remembered else {})


@require_safe
def messages(request: Request, conversation: UUID) -> HttpResponse:
    """Those before a message, or the newest with what a page has to know to go on from there."""
    row = owned(request.user, conversation)
    context: dict[str, Any] = {"conversation": row, "conversation_id": conversation, "model_name": ""}
    if "before" not in request.GET:
        return render(request, "conversations/newest.html", context | conversation_context(row))
    transcript = opened_or_404(row).transcript
    before = archive().message(transcript, request.GET["before"])
    found, more = shown(transcript, before.parent if before else None)
    return render(request, "conversations/messages.html", context | {"messages": found, "older": more})


@require_safe
def rows(request: Request) -> HttpResponse:
    if "tag" in request.GET:
        return lists.tagged(request, storable(request.GET["tag"]))
    found = sidebar.rows(request.user, request.GET.get("after", ""))
    context = {"groups": found.groups, "next_cursor": found.next_cursor}
    return render(request, "conversations/rows.html", context)


def uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def owned(user: User, conversation: UUID) -> Conversation:
    return get_object_or_404(Conversation.objects.owned_by(user), id=conversation)


def opened_or_404(conversation: Conversation) -> Opened:
    """With the store away, what this process has read or written last."""
    try:
        opened = load(conversation)
    except StoreUnavailable:
        opened = archive().remembered(conversation.owner_id, conversation.id)
        if opened is None:
            raise
    if opened is None:
        raise Http404("The transcript has been deleted")
    return opened
