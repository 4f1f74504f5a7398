"""Transcripts as hypothesis makes them: few ids and few times, so that versions meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from conversations.facets import Changed, Flags, Owner, Part, Settings, Share
from conversations.message import Message, Role
from conversations.transcript import Transcript

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
IDS = [str(UUID(int=number, version=4)) for number in range(1, 9)]
CONVERSATION, OWNER = str(UUID(int=100, version=4)), str(UUID(int=101, version=4))

ids = st.sampled_from(IDS)
times = st.integers(0, 5).map(lambda steps: NOON + timedelta(milliseconds=steps))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
extras = st.dictionaries(st.sampled_from(["color", "zebra", "é"]), plain, max_size=2)
counts = st.none() | st.integers(0, 9)


ROLES: list[Role] = ["user", "assistant", "assistant", "system"]


@st.composite
def messages(draw: st.DrawFn) -> Message:
    role: Role = draw(st.sampled_from(ROLES))
    answered: dict[str, Any] = {}
    if role == "assistant":
        answered = {
            "reasoning": draw(texts),
            "model": draw(st.none() | texts),
            "backend": draw(st.sampled_from([None, "guide"])),
            "finish": draw(st.sampled_from([None, "stop", "length", "stopped", "interrupted", "failed"])),
            "error": draw(st.sampled_from([None, "timeout"])),
            "usage": draw(st.none() | st.fixed_dictionaries({"prompt_tokens": counts}, optional={"more": plain})),
            "timing_ms": draw(st.none() | st.fixed_dictionaries({"total": counts})),
            "rating": draw(st.sampled_from([None, {"value": "good", "comment": "", "at": None}])),
        }
    return Message(
        draw(ids),
        role=role,
        text=draw(texts),
        created_at=draw(times),
        rev=draw(st.integers(1, 3)),
        parent=draw(st.none() | ids),
        extra=draw(extras),
        **answered,
    )


# A part never changes, so that everybody means the same messages by one key.
MOVED = {
    key: Message(key, role="user", text="old", created_at=NOON, rev=1 + place) for place, key in enumerate(IDS[:3])
}
PARTS = {
    f"{CONVERSATION}/part-0-aa.json": {key: MOVED[key] for key in IDS[:1]},
    f"{CONVERSATION}/part-10-bb.json": MOVED,
}


@st.composite
def transcripts(draw: st.DrawFn, *, parts: bool = True) -> Transcript:
    names = draw(st.lists(st.sampled_from(list(PARTS)), unique=True)) if parts else []
    named = [
        Part(name, count=1, hinges=IDS[:1], endings=draw(st.sampled_from(["", "00001"])), extra=draw(extras))
        for name in names
    ]
    held = {message for name in names for message in PARTS[name]}
    said = draw(st.lists(messages(), max_size=4))
    return Transcript(
        id=CONVERSATION,
        owner=Owner(OWNER, draw(st.sampled_from(["alice", "Alice"]))),
        title=draw(texts),
        title_by=draw(st.sampled_from(["model", "user", "fallback"])),
        created_at=NOON,
        updated_at=draw(times),
        flags=Flags(draw(st.booleans()), tags=draw(st.lists(texts, max_size=1)), extra=draw(extras)),
        settings=Settings(draw(st.none() | texts), temperature=draw(st.sampled_from([None, 0.5, 1, 1.0]))),
        current=draw(st.none() | ids),
        share=draw(st.none() | st.builds(Share, st.none() | ids, st.none() | ids, times)),
        changed=Changed(draw(times), draw(times), draw(times), draw(times)),
        messages={message.id: message for message in said if message.id not in held},
        amended=draw(st.dictionaries(ids, st.fixed_dictionaries({"rev": st.integers(2, 3)}), max_size=1)),
        parts=sorted(named, key=lambda part: part.place),
        extra=draw(extras),
    )
