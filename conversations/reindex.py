"""The index, made again from the store. The store is never written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Closing, User
from accounts.restore import restore
from conversations import profile, search
from conversations.archive import Archive
from conversations.flags import index_tags
from conversations.inventory import BATCH, Entry, Finding, Place, batches, places, read
from conversations.models import Conversation, ConversationQuerySet, Reply
from conversations.transcripts import at_once

FIELDS = [
    "owner_id",
    "title",
    "title_by",
    "model",
    "message_count",
    "created_at",
    "updated_at",
    "visible",
    "pinned",
    "archived",
    "tags",
    "shared",
]
EMPTY = "the store holds no conversation at all: is CONVERSATION_STORE the right one? The rows have been left alone"

Rows = dict[UUID, Conversation]


@dataclass
class Step:
    """One batch that is done; a later run may go on after its key."""

    key: str = ""
    seen: int = 0
    made: int = 0
    changed: int = 0
    users: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def reindex(archive: Archive, began: datetime, after: str = "") -> Iterator[Step]:
    for batch in batches(places(archive.store, after)):
        # Rows first: whatever the site changes after that, in the store or in the row, is newer than what is read now.
        before = rows_of(batch)
        found = at_once(partial(read, archive), batch)
        step = write(archive, [entry for entry in found if isinstance(entry, Entry)], before)
        step.key, step.seen = batch[-1].key, len(batch)
        step.findings = [finding for finding in found if isinstance(finding, Finding)] + step.findings
        yield step
    yield from remove(archive, began)
    for owners in batches(profile.owners(archive.store)):
        users = User.objects.filter(id__in=owners).values_list("id", flat=True)
        yield Step(findings=list(profile.restore(archive.store, users)))


def rows_of(batch: list[Place]) -> Rows:
    return Conversation.objects.in_bulk([place.conversation for place in batch])


def write(archive: Archive, entries: list[Entry], before: Rows) -> Step:
    """Makes and corrects rows, but for those that are no longer as they were before the store was read."""
    step = Step()
    unique = {entry.place.conversation: entry for entry in reversed(entries)}
    step.findings = [_taken(entry) for entry in entries if unique[entry.place.conversation] is not entry]
    step.findings += [_taken(entry) for entry in _owned_by_others(archive, list(unique.values()), before)]
    taken = {finding.key for finding in step.findings}
    # Those of an account that is being deleted do not come back.
    leaving = set(Closing.objects.values_list("user_id", flat=True))
    wanted = [entry for entry in unique.values() if entry.place.key not in taken and entry.place.owner not in leaving]
    step.users = _restored_owners(wanted)
    with transaction.atomic():
        rows = Conversation.objects.select_for_update().in_bulk([entry.place.conversation for entry in wanted])
        changed, new = [], []
        for entry in wanted:
            known, row = before.get(entry.place.conversation), rows.get(entry.place.conversation)
            said = {**entry.fields, "owner_id": entry.place.owner, "visible": True}
            if row is None and known is None:
                new.append(Conversation(id=entry.place.conversation, **said))
            elif row and known and _state(row) == _state(known) and _state(row) != list(map(said.get, FIELDS)):
                for name, value in said.items():
                    setattr(row, name, value)
                row.changed_at = timezone.now()
                changed.append(row)
        Conversation.objects.bulk_create(new, ignore_conflicts=True)
        written = [*(name.removesuffix("_id") for name in FIELDS), "changed_at", "flags_at"]
        Conversation.objects.bulk_update(changed, written)
        index_tags([*new, *changed])
    step.made, step.changed = len(new), len(changed)
    broken = search.rebuild(archive, [entry.place for entry in wanted])
    step.findings += [Finding("incomplete", place.key, "a part of it is not there") for place in broken]
    return step


def remove(archive: Archive, began: datetime, *, really: bool = True) -> Iterator[Step]:
    """Rows of conversations that the store no longer has. An empty store removes nothing: it may be the wrong one."""
    if _suspiciously_empty(archive):
        yield Step(findings=[Finding("empty", "", EMPTY)])
        return
    for gone in unbacked(archive, began):
        missing = [Finding("missing", place.key, "the row is there, the object is not") for place in gone]
        if really:
            _settled(began).filter(id__in=[place.conversation for place in gone]).delete()
            missing = [finding.mended() for finding in missing]
        yield Step(findings=missing)


def unbacked(archive: Archive, began: datetime) -> Iterator[list[Place]]:
    """Rows without an object, but for younger ones than `began` and those that are being answered."""
    listed = places(archive.store)
    here = next(listed, None)
    for batch in _batches_of_rows(began):
        absent = []
        for place in batch:
            while here is not None and here < place:
                here = next(listed, None)
            if here != place:
                absent.append(place)
        # Listings are not always sorted, and take a while: only a look at the place itself is sure.
        gone = at_once(lambda place: archive.store.age(place.key) is None, absent)
        yield [place for place, is_gone in zip(absent, gone, strict=True) if is_gone]


def _suspiciously_empty(archive: Archive) -> bool:
    return next(places(archive.store), None) is None and Conversation.objects.filter(visible=True).exists()


def _settled(began: datetime) -> ConversationQuerySet:
    running = Reply.objects.running().values("conversation")
    # What is in the bin is on its way out already: its object goes first.
    return Conversation.objects.filter(created_at__lt=began, deleted_at=None).exclude(id__in=running)


def _batches_of_rows(began: datetime) -> Iterator[list[Place]]:
    rows = _settled(began).order_by("owner_id", "id")
    page = rows
    while batch := [Place(*ids) for ids in page.values_list("owner_id", "id")[:BATCH]]:
        owner, last = batch[-1]
        page = rows.filter(Q(owner_id__gt=owner) | Q(owner_id=owner, id__gt=last))
        yield batch


def _owned_by_others(archive: Archive, entries: list[Entry], before: Rows) -> list[Entry]:
    """Those whose id another user's conversation has too, in the store as well as in its row."""
    rows = [(entry, before.get(entry.place.conversation)) for entry in entries]
    claimed = [(entry, Place(row.owner_id, row.id)) for entry, row in rows if row and row.owner_id != entry.place.owner]
    backed = at_once(lambda pair: archive.store.age(pair[1].key) is not None, claimed)
    return [entry for (entry, _), is_backed in zip(claimed, backed, strict=True) if is_backed]


def _taken(entry: Entry) -> Finding:
    return Finding("taken", entry.place.key, "another user has a conversation under the same id")


def _restored_owners(entries: list[Entry]) -> list[str]:
    """The names given to users who were not there."""
    newest_last = sorted(entries, key=lambda entry: str(entry.fields["updated_at"]))
    names = {entry.place.owner: entry.username for entry in newest_last}
    known = get_user_model().objects.filter(id__in=names).values_list("id", flat=True)
    return [restore(owner, names[owner]).username for owner in names.keys() - set(known)]


def _state(row: Conversation) -> list[object]:
    return [getattr(row, name) for name in FIELDS]
