"""As much of a conversation is sent as the model has room for."""

from __future__ import annotations

import json

import pytest

from llm import Sampling, errors, fitting, get_reply
from llm.backends.base import Message
from llm.context import question_tokens
from llm.fitting import _smaller
from tests.llm.conftest import Asker, Heard
from tests.model_answers import Answer
from tests.model_server import ModelServer


def said(turns: int, size: int = 400) -> list[Message]:
    messages: list[Message] = [
        {"role": role, "content": f"{role} {number} " + "x" * size, "id": f"{role}-{number}"}
        for number in range(turns)
        for role in ("user", "assistant")
    ]
    return [*messages, {"role": "user", "content": "And now?", "id": "last"}]


async def heard(ask: Asker, messages: list[Message], **more: object) -> Heard:
    found = Heard()
    config = ask.config(**more.pop("config", {}))  # type: ignore[arg-type]
    async for chunk in get_reply(messages, model="test-model", config=config, **more):  # type: ignore[arg-type]
        found.add(chunk)
    return found


def offers(server: ModelServer, window: int) -> None:
    server.models = json.dumps({"data": [{"id": "test-model", "max_model_len": window}]})


def sent(server: ModelServer) -> list[Message]:
    return [message for message in server.chats[-1].body["messages"] if message["role"] != "system"]


async def test_the_window_is_the_models_own(ask: Asker, server: ModelServer) -> None:
    offers(server, 1024)
    await ask()
    found = await heard(ask, said(20))
    (context,) = found.contexts
    assert context.size == 1024
    assert len(sent(server)) < 20
    assert context.first == sent(server)[0]["content"].split(" x")[0].replace(" ", "-")
    assert context.left_out == 41 - len(sent(server))
    assert context.tokens <= 768


async def test_where_nobody_tells_the_window_the_site_states_one(ask: Asker) -> None:
    assert (await heard(ask, said(1))).contexts[0].size == 8192
    assert (await heard(ask, said(1), config={"context_length": 2048})).contexts[0].size == 2048


async def test_all_that_fits_is_sent(ask: Asker, server: ModelServer) -> None:
    found = await heard(ask, said(3))
    assert (found.contexts[0].left_out, found.contexts[0].first) == (0, "user-0")
    assert len(sent(server)) == 7


@pytest.mark.parametrize(("turns", "count"), [(1, 1), (2, 3), (100, 7)])
async def test_as_many_turns_are_sent_as_are_wished(ask: Asker, server: ModelServer, turns: int, count: int) -> None:
    found = await heard(ask, said(3), turns=turns)
    assert len(sent(server)) == count
    assert found.contexts[0].left_out == 7 - count


async def test_examples_are_always_sent_and_never_left_out(ask: Asker, server: ModelServer) -> None:
    examples: list[Message] = [{"role": "user", "content": "2+2"}, {"role": "assistant", "content": "4"}]
    offers(server, 512)
    await ask()
    await heard(ask, said(20), examples=examples)
    assert [message["content"] for message in sent(server)[:2]] == ["2+2", "4"]
    assert sent(server)[-1]["content"] == "And now?"


TOO_LONG = [
    "This model's maximum context length is 2048 tokens. However, you requested 4100 tokens.",
    '{"error": {"type": "exceed_context_size_error", "message": "the request exceeds the available context size"}}',
]


NO_ROOM = (
    "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 8192 tokens and"
    " your request has 321 input tokens (8192 > 8192 - 321)."
)
DENSE = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."


@pytest.mark.parametrize("body", TOO_LONG)
async def test_what_was_too_long_is_asked_once_more_with_less(ask: Asker, server: ModelServer, body: str) -> None:
    server.script.append(Answer(status=400, body=body))
    found = await heard(ask, said(30))
    first, second = (len(chat.body["messages"]) for chat in server.chats)
    assert second < first
    assert found.text
    assert found.contexts[0].left_out > 0
    # And from then on it is known.
    await heard(ask, said(30))
    assert len(server.chats[2].body["messages"]) == second
    assert len(server.chats) == 3


async def test_what_was_learned_is_found_out_anew_after_a_while(
    ask: Asker, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "LEARNED_SECONDS", -1.0)
    server.script.append(Answer(status=400, body=TOO_LONG[0]))
    await heard(ask, said(30))
    # Meanwhile it was started with more room.
    await heard(ask, said(30))
    first, second, third = (len(chat.body["messages"]) for chat in server.chats)
    assert second < first == third


async def test_of_many_keys_what_was_learned_last_or_used_again_is_known(
    ask: Asker, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "MOST_LEARNED", 2)

    async def learn(key: str) -> None:
        server.script.append(Answer(status=400, body=TOO_LONG[0]))
        await heard(ask, said(30), config={"api_key": key})

    async def knows(key: str) -> bool:
        tokens = await fitting.question_tokens(ask.config(api_key=key), "test-model", Sampling())
        return tokens == question_tokens(2048)

    await learn("key-1")
    await learn("key-2")
    assert await knows("key-1")
    await learn("key-3")
    assert [await knows(key) for key in ("key-1", "key-2", "key-3")] == [True, False, True]
    assert "key-" not in repr(fitting._learned)


async def test_it_is_not_asked_a_third_time(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(status=400, body=TOO_LONG[0])
    with pytest.raises(errors.TooLong):
        await heard(ask, said(30))
    assert len(server.chats) == 2


async def test_a_long_reply_that_was_asked_for_has_its_room(ask: Asker, server: ModelServer) -> None:
    offers(server, 4096)
    await ask()
    short = (await heard(ask, said(40), sampling=Sampling(max_tokens=100))).contexts[0].tokens
    long = (await heard(ask, said(40), sampling=Sampling(max_tokens=2000))).contexts[0].tokens
    assert short > 3000
    assert long < 2100


@pytest.mark.parametrize(
    ("window", "wished", "tokens"),
    [(8192, None, 6144), (131072, None, 126976), (8192, 100, 8092), (8192, 8000, 4096), (512, None, 384)],
)
def test_room_is_left_for_the_answer(window: int, wished: int | None, tokens: int) -> None:
    assert question_tokens(window, wished) == tokens


async def test_a_server_that_is_busy_is_asked_again(ask: Asker, server: ModelServer) -> None:
    server.script += [Answer(status=429), Answer(status=503, headers={"Retry-After": "0"})]
    found = await heard(ask, said(0))
    assert found.text
    assert [waiting.what for waiting in found.waitings] == ["retrying", "retrying"]
    assert len(server.chats) == 3


async def test_it_is_asked_three_times_at_most(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(status=503)
    with pytest.raises(errors.Busy):
        await heard(ask, said(0))
    assert len(server.chats) == 3


async def test_a_long_wait_is_the_readers_to_decide(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(status=429, headers={"Retry-After": "600"})
    with pytest.raises(errors.RateLimited) as caught:
        await heard(ask, said(0))
    assert (caught.value.retry_after, len(server.chats)) == (600, 1)


@pytest.mark.parametrize("status", [401, 402, 403, 404, 500])
async def test_other_failures_are_told_at_once(ask: Asker, server: ModelServer, status: int) -> None:
    server.answer = Answer(status=status)
    with pytest.raises(errors.LLMError):
        await heard(ask, said(0))
    assert len(server.chats) == 1


def test_a_number_nobody_can_believe_is_not_believed() -> None:
    class Shown:
        tokens = 5000

    for detail in ("context length 9", "maximum context length is 99999999", "context of 8192 tokens, up to 0", ""):
        assert _smaller(detail, 8192, Shown()) == 3000  # type: ignore[arg-type]
    assert _smaller("a 4096-token context", 8192, Shown()) == 4096  # type: ignore[arg-type]


async def test_a_reply_that_may_be_longer_than_the_window_is_asked_for_without_that_limit(
    ask: Asker, server: ModelServer
) -> None:
    offers(server, 8192)
    await ask()
    server.script.append(Answer(status=400, body=NO_ROOM))
    found = await heard(ask, said(3), sampling=Sampling(max_tokens=8192, temperature=0.5))
    refused, answered = (chat.body for chat in server.chats[-2:])
    assert refused == answered | {"max_tokens": 8192}
    assert "max_tokens" in found.last.ignored
    # It was no fault of the conversation, so nobody else sees less of theirs.
    assert found.contexts[0].size == 8192
    assert (await heard(ask, said(3))).contexts[0].size == 8192


async def test_a_window_that_its_server_confirms_is_not_taken_for_a_smaller_one(
    ask: Asker, server: ModelServer
) -> None:
    offers(server, 8192)
    await ask()
    server.script.append(Answer(status=400, body=DENSE))
    found = await heard(ask, said(25))
    assert (found.contexts[0].size, found.contexts[0].left_out > 0) == (8192, True)
    assert (await heard(ask, said(25))).contexts[0].left_out == 0
