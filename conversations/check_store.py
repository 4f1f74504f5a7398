"""Compares the index with the store, and mends what can be mended without deleting anything that was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from django.contrib.auth import get_user_model

from conversations.archive import Archive
from conversations.inventory import Entry, Finding, Group, Place, batches, groups, read, strangers
from conversations.models import Conversation, Reply
from conversations.reindex import Rows, Step, remove, rows_of, write
from conversations.transcripts import at_once

OLD = 3600.0
"""Seconds after which a part that nobody names will not be named any more."""

COMPARED = ("title", "title_by", "message_count", "visible", "pinned", "archived", "tags")
"""The times are left out: in the row they are those of its writing, a moment later."""

STRANGE = "nothing that Chatsite keeps has such a name"


def check(archive: Archive, began: datetime, after: str = "", *, repair: bool = False) -> Iterator[Step]:
    for batch in batches(groups(archive.store, after)):
        step = _compare(archive, batch, repair=repair)
        step.findings += [Finding("leftover", key, STRANGE) for group in batch for key in group.strange]
        step.key, step.seen = batch[-1].place.key, sum(group.whole for group in batch)
        yield step
    for keys in batches(strangers(archive.store)):
        yield Step(findings=[Finding("leftover", key, STRANGE) for key in keys])
    yield from remove(archive, began, really=repair)


def _compare(archive: Archive, found: list[Group], *, repair: bool) -> Step:
    whole = [group.place for group in found if group.whole]
    before = rows_of(whole)
    entries = dict(zip(whole, at_once(partial(read, archive), whole), strict=True))
    differences = _differences(entries.values(), before)
    if differences:
        # Something may have been said between the two looks; what is really wrong is so at a second look too.
        before = rows_of(list(differences))
        entries |= dict(zip(differences, at_once(partial(read, archive), differences), strict=True))
        differences = _differences([entries[place] for place in differences], before)
    step = _mended(archive, differences, entries, before) if repair else Step(findings=list(differences.values()))
    step.findings += [finding for finding in entries.values() if isinstance(finding, Finding)]
    for group in found:
        step.findings += _begun(archive, group, entries.get(group.place), repair=repair)
        step.findings += _parts(archive, group, entries.get(group.place), repair=repair)
    return step


def _begun(archive: Archive, group: Group, entry: Entry | Finding | None, *, repair: bool) -> Iterator[Finding]:
    """What a process that died had begun to write."""
    if group.whole and entry is None and (archive.store.age(group.place.key) or 0) > OLD:
        if repair:
            archive.store.delete(group.place.key)
        finding = Finding("leftover", group.place.key, "it was never written to its end")
        yield finding.mended() if repair else finding


def _differences(entries: Iterable[Entry | Finding | None], rows: Rows) -> dict[Place, Finding]:
    readable = [entry for entry in entries if isinstance(entry, Entry)]
    owners = get_user_model().objects.in_bulk({entry.place.owner for entry in readable})
    ids = [entry.place.conversation for entry in readable]
    running = set(Reply.objects.running().filter(conversation__in=ids).values_list("conversation", flat=True))
    found = {}
    for entry in readable:
        key, row = entry.place.key, rows.get(entry.place.conversation)
        if entry.place.owner not in owners:
            found[entry.place] = Finding("unowned", key, f"there is no user with this id; it says {entry.username}")
        elif row is None:
            found[entry.place] = Finding("orphaned", key, "the object is there, its row is not")
        elif row.owner_id != entry.place.owner:
            found[entry.place] = Finding("taken", key, "the row of this id belongs to another user")
        elif row.id not in running and (other := _other_fields(row, entry)):
            found[entry.place] = Finding("outdated", key, f"its row has another {', '.join(other)}")
    return found


def _other_fields(row: Conversation, entry: Entry) -> list[str]:
    said = {**entry.fields, "visible": True}
    return [name for name in COMPARED if getattr(row, name) != said[name]]


def _mended(
    archive: Archive, differences: dict[Place, Finding], entries: dict[Place, Entry | Finding | None], before: Rows
) -> Step:
    different = [entry for place in differences if isinstance(entry := entries[place], Entry)]
    step = write(archive, different, before)
    refused = {finding.key for finding in step.findings}
    step.findings += [finding.mended() for finding in differences.values() if finding.key not in refused]
    return step


def _parts(archive: Archive, group: Group, entry: Entry | Finding | None, *, repair: bool) -> Iterator[Finding]:
    if isinstance(entry, Finding):
        return  # nobody can say which parts it names
    named = entry.parts if entry else frozenset()
    for key in sorted(named - set(group.parts)):
        if archive.store.age(key) is None:
            yield Finding("incomplete", group.place.key, f"it names the part {key}, which is not there")
    nobodys = [key for key in group.parts if key not in named and (archive.store.age(key) or 0) > OLD]
    if nobodys and repair:
        archive.sweep(*group.place, OLD)
    for key in nobodys:
        finding = Finding("part", key, "no conversation names this part")
        yield finding.mended() if repair and archive.store.age(key) is None else finding
