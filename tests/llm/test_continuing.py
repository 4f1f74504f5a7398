"""A reply that was cut off goes on where it stopped, without a seam."""

from __future__ import annotations

import pytest

import llm
from llm import Config, get_reply
from llm.continuing import PROMPT, Seam
from tests.model_answers import Answer
from tests.model_server import ModelServer


def joined(said: str, told: str) -> str:
    """What the two are together, whatever the pieces the second one comes in."""
    whole = {said + together(said, told, size) for size in (1, 3, 1000)}
    assert len(whole) == 1, whole
    return whole.pop()


def together(said: str, told: str, size: int) -> str:
    seam = Seam(said)
    pieces = [seam.feed(told[place : place + size]) for place in range(0, len(told), size)]
    return "".join(pieces) + seam.rest()


@pytest.mark.parametrize(
    ("said", "told", "whole"),
    [
        # A model that goes on as it was asked to.
        ("The quick brown", " fox jumps.", "The quick brown fox jumps."),
        ("The quick brown", "fox jumps.", "The quick brown fox jumps."),
        ("One sentence.", "Another one.", "One sentence. Another one."),
        ("Ends in a space ", "and goes on", "Ends in a space and goes on"),
        ("Line\n", "\nParagraph", "Line\n\nParagraph"),
        ("天气很", "好。", "天气很好。"),
        # One that says the last words, or the half word, once more.
        ("The quick bro", "brown fox", "The quick brown fox"),
        ("The quick brown", "quick brown fox", "The quick brown fox"),
        ("The quick brown", "...brown fox", "The quick brown fox"),
        ("The quick", "… brown fox", "The quick brown fox"),
        ("1. Rome\n2. Mil", "2. Milan\n3. Turin", "1. Rome\n2. Milan\n3. Turin"),
        ("天气很", "天气很好。", "天气很好。"),
        # One that begins again from the start.
        ("The quick brown", "The quick brown fox jumps.", "The quick brown fox jumps."),
        ("The quick brown ", "The quick brown fox jumps.", "The quick brown fox jumps."),
        # The same letter by chance is no repetition.
        ("A banana", "apple pie", "A banana apple pie"),
        # Lists, headings and code begin on a line of their own.
        ("- one\n- two", "- three", "- one\n- two\n- three"),
        ("The end of it.", "## Next", "The end of it.\n\n## Next"),
        ("```python\nx = foo.", "bar()\n```", "```python\nx = foo.bar()\n```"),
        ("```python\nx = 1", "```\nDone.", "```python\nx = 1\n```\nDone."),
        ("", "From the start", "From the start"),
        ("Nothing to add.", "", "Nothing to add."),
        ("Nothing to add.", "Nothing to add.", "Nothing to add."),
    ],
)
def test_what_comes_fits_to_what_is_there(said: str, told: str, whole: str) -> None:
    assert joined(said, told) == whole


async def test_a_chat_model_is_asked_to_go_on_and_its_text_is_joined(server: ModelServer) -> None:
    server.answer = Answer(text=["brown", " fox", " jumps."])
    cut = [{"role": "user", "content": "Say it"}, {"role": "assistant", "content": "The quick bro"}]
    chunks = [
        chunk
        async for chunk in get_reply(cut, model="m", config=Config(backend="huggingface", base_url=server.base_url))
    ]
    assert "".join(chunk.text for chunk in chunks) == "wn fox jumps."
    assert [chunk.finish for chunk in chunks if chunk.finish] == ["stop"]
    sent = server.chats[0].body["messages"]
    assert [message["content"] for message in sent[-3:]] == ["Say it", "The quick bro", PROMPT]


async def test_what_was_held_back_is_not_lost_when_the_server_dies(server: ModelServer) -> None:
    server.answer = Answer(text=["The", " quick", " fox"], ending="reset", break_after=2)
    cut = [{"role": "user", "content": "Say it"}, {"role": "assistant", "content": "The quick brown"}]
    reply = get_reply(cut, model="m", config=Config(backend="huggingface", base_url=server.base_url))
    assert (await anext(reply)).context
    assert "quick" in (await anext(reply)).text
    with pytest.raises(llm.LLMError):
        await anext(reply)


async def test_the_guide_goes_on_with_what_it_would_have_said() -> None:
    question = {"role": "user", "content": "How do I deploy to Heroku?"}
    whole = "".join([chunk.text async for chunk in get_reply([question], config=Config())])
    cut = [question, {"role": "assistant", "content": whole[:100]}]
    assert whole[:100] + "".join([chunk.text async for chunk in get_reply(cut, config=Config())]) == whole
