"""What the model server of the tests answers, and the wire format it answers in."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any, Literal

from tests.model_replies import pieces_of, reply_to, title_of

CONTINUE_PROMPT = "Your last message was cut off."
TITLE_PROMPT = "Give this conversation a descriptive, 5-word title with no emojis"
FOR_EVER = 3600.0
Ending = Literal["done", "done without space", "finish", "eof", "reset", "stall", "error", "half line", "open"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server does with one request. Without `text` it replies as it likes."""

    text: str | list[str] | None = None
    reasoning: tuple[str, ...] = ()
    reasoning_field: str = "reasoning_content"
    delay: float | None = None
    finish: str | None = "stop"
    usage: Literal["after", "with finish", "never"] = "after"
    ending: Ending = "done"
    break_after: int | None = None
    """How many pieces come before `ending`; None for all of them."""
    hold_after: int | None = None
    """After how many pieces the request waits until it `may_go_on`; a title never does."""
    status: int = 200
    body: str | None = None
    """Sent instead of a stream."""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    chunked: bool = False
    before_headers: float = 0.0
    after: Event | None = None
    """Waited for before anything is answered."""
    refuses: str | None = None
    """A key of the request, or a role, that this server answers with 422 or 400 instead."""
    events: tuple[str, ...] = ()
    """Lines sent as they are before the reply."""


def asks_for_title(body: Mapping[str, Any]) -> bool:
    return str((body.get("messages") or [{"content": ""}])[-1]["content"]).endswith(TITLE_PROMPT)


def steered(body: Mapping[str, Any], answer: Answer) -> Answer:
    """The answer after what the question says about it."""
    questions = [message["content"] for message in body.get("messages", ()) if message["role"] == "user"]
    last = str(questions[-1]) if questions else ""
    if asks_for_title(body):
        return _titled("\n".join(map(str, questions)), answer)
    if last.startswith(CONTINUE_PROMPT):
        last = re.sub(r"\[\[(say|die|hold).*?\]\]", "", str(questions[-2])).replace("[[then:", "[[say:")
    answer = _paced(last, answer)
    if found := re.search(r"\[\[fail (\d+)(?: for (\d+))?\]\]", last):
        headers = {"Retry-After": found[2] or "30"} if found[1] in ("429", "503") else {}
        answer = replace(answer, status=int(found[1]), headers=headers)
    if found := re.search(r"\[\[die (\d+)\]\]", last):
        answer = replace(answer, ending="reset", break_after=int(found[1]))
    if found := re.search(r"\[\[think: (.*?)\]\]", last, re.DOTALL):
        answer = replace(answer, reasoning=tuple(pieces_of(found[1])))
    if "[[empty]]" in last:
        answer = replace(answer, text="")
    if found := re.search(r"\[\[say: (.*?)\]\]", last, re.DOTALL):
        answer = replace(answer, text=found[1])
    return answer if answer.text is not None else replace(answer, text=reply_to(last))


def _paced(last: str, answer: Answer) -> Answer:
    if found := re.search(r"\[\[slow ([\d.]+)\]\]", last):
        answer = replace(answer, delay=float(found[1]))
    if found := re.search(r"\[\[hold (\d+)\]\]", last):
        answer = replace(answer, hold_after=int(found[1]))
    return replace(answer, before_headers=FOR_EVER) if "[[hang]]" in last else answer


def _titled(asked: str, answer: Answer) -> Answer:
    if "[[title fail]]" in asked:
        return Answer(status=500)
    if found := re.search(r"\[\[title: (.*?)\]\]", asked, re.DOTALL):
        return replace(answer, text=found[1])
    return answer if answer.text is not None else replace(answer, text=title_of(asked.removesuffix(TITLE_PROMPT)))


def events(body: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    yield from answer.events
    for thought in answer.reasoning:
        yield _event(body, {answer.reasoning_field: thought})
    for piece in _pieces(answer):
        yield _event(body, {"content": piece})


def last_events(body: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    usage = _usage(body, answer)
    if answer.finish:
        with_it = {"usage": usage} if answer.usage == "with finish" else {}
        yield _event(body, {}, answer.finish, **with_it)
    if answer.usage == "after" and (body.get("stream_options") or {}).get("include_usage"):
        yield f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n"


def _event(body: Mapping[str, Any], delta: Mapping[str, str], finish: str | None = None, **more: object) -> str:
    choice: dict[str, Any] = {"index": 0, "finish_reason": finish}
    if "prompt" in body:
        choice["text"] = delta.get("content", "")
    else:
        choice["delta"] = {"role": "assistant", **delta}
    document = {"id": "chat-1", "object": "chat.completion.chunk", "created": int(time.time())}
    return f"data: {json.dumps({**document, 'model': body.get('model'), 'choices': [choice], **more})}\n\n"


def _pieces(answer: Answer) -> list[str]:
    return pieces_of(answer.text) if isinstance(answer.text, str) else list(answer.text or ())


def _usage(body: Mapping[str, Any], answer: Answer) -> dict[str, int]:
    asked = sum(len(str(message["content"]).split()) for message in body.get("messages", ()))
    said = len(_pieces(answer))
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def whole(body: Mapping[str, Any], answer: Answer) -> str:
    message = {"role": "assistant", "content": "".join(_pieces(answer))}
    choice = {"index": 0, "message": message, "finish_reason": answer.finish}
    return json.dumps({"object": "chat.completion", "choices": [choice], "usage": _usage(body, answer)})


def refused(body: Mapping[str, Any], answer: Answer) -> tuple[int, str] | None:
    if not answer.refuses:
        return None
    if answer.refuses in body:
        return 422, json.dumps({"detail": f"Unexpected field {answer.refuses}"})
    if any(message["role"] == answer.refuses for message in body.get("messages", ())):
        return 400, json.dumps({"error": {"message": f"{answer.refuses.title()} role not supported"}})
    return None


def error(status: int) -> str:
    return json.dumps({"error": {"message": f"upstream says {status}", "code": status}})
