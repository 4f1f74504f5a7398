"""Whoever reads slowly is told all the same what came while something was on its way to them."""

from __future__ import annotations

from uuid import uuid4

from conversations.events import Event, failed
from conversations.live import LiveReply
from tests.crashes.ordeal import wait_for


async def drawn(reply: LiveReply, text: str) -> None:
    """Added, and drawn by its timer."""
    before = reply.snapshot().data["chars"]
    reply.add(text, "")
    await wait_for(lambda: reply.snapshot().data["chars"] > before, 10)


def shown(events: list[Event | None]) -> str:
    """What is on the page after them."""
    blocks: dict[int, str] = {}
    for event in events:
        if event and event.name == "snapshot":
            blocks = dict.fromkeys(range(event.data["blocks"]), event.data["html"])
        elif event and event.name == "block":
            blocks[event.data["n"]] = event.data["html"]
    return "".join(blocks.values())


async def test_what_is_drawn_while_the_snapshot_is_sent_follows_it() -> None:
    reply = LiveReply(uuid4(), uuid4())
    await drawn(reply, "First paragraph.\n\n")
    reader = reply.watch(attached=True)
    events = [await anext(reader)]
    for word in ("Second", "Third", "Fourth"):
        await drawn(reply, f"{word} paragraph.\n\n")
    reply.add("Fifth paragraph.", "")
    reply.end(failed("upstream", "It broke."))
    reply.close()
    events += [event async for event in reader]
    assert [word in shown(events) for word in ("First", "Second", "Third", "Fourth", "Fifth")] == [True] * 5


async def test_the_last_words_and_the_title_are_told_before_the_end() -> None:
    reply = LiveReply(uuid4(), uuid4())
    reader = reply.watch(attached=False)
    await drawn(reply, "The beginning.\n\n")
    events = [await anext(reader)]
    reply.add("Last words of the reply.", "")
    reply.end(failed("upstream", "It broke."))
    reply.entitle(Event("title", {"title": "A title"}))
    reply.close()
    events += [event async for event in reader]
    assert "Last words of the reply." in shown(events)
    names = [event.name for event in events if event]
    assert "title" in names
    assert names[-1] == "failed"
