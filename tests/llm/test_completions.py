"""Base models behind somebody's `/v1/completions`: what they are sent, and every way to fail."""

from __future__ import annotations

from typing import Any

import pytest

from llm import Chunk, Config, LLMError, Sampling, errors, get_reply
from tests.llm.conftest import Heard
from tests.model_answers import Answer, Ending
from tests.model_server import ModelServer

INVENTED = [" Rome", " is", " old", ".", "\n", "Hu", "man", ":", " Why", "?", "\nBot: Because."] + [" more"] * 500


class Asker:
    def __init__(self, server: ModelServer) -> None:
        self.server = server
        self.heard: list[Chunk] = []

    async def __call__(self, *, said: str = "", sampling: Sampling | None = None, **config: Any) -> Heard:
        settings = Config(
            **{"backend": "huggingface", "base_url": self.server.base_url, "base_models": ("base",), **config}
        )
        messages = [{"role": "user", "content": "What is Rome?"}]
        if said:
            messages.append({"role": "assistant", "content": said})
        self.heard = []
        async for chunk in get_reply(messages, model="base", config=settings, sampling=sampling):
            self.heard.append(chunk)
        return Heard(self.heard)


@pytest.fixture
def ask(server: ModelServer) -> Asker:
    return Asker(server)


async def test_it_is_sent_a_dialogue_and_the_stop_strings_of_its_turns(ask: Asker, server: ModelServer) -> None:
    sampling = Sampling(temperature=0.5, max_tokens=9, stop=("a", "b", "c"), seed=1)
    await ask(sampling=sampling, preprompt="A talk.", system_prompt="Be brief.", api_key="sk-key-of-mine")
    request = server.completions[0]
    assert request.body["prompt"] == "A talk.\nBe brief.\n\nHuman: What is Rome?\nBot:"
    assert request.body["stop"] == ["\nHuman:", "\nBot:", "a", "b"]
    assert [request.body[name] for name in ("model", "temperature", "max_tokens", "seed")] == ["base", 0.5, 9, 1]
    assert "top_p" not in request.body
    assert request.headers["authorization"] == "Bearer sk-key-of-mine"
    assert not server.chats


async def test_without_a_key_none_is_sent(ask: Asker, server: ModelServer) -> None:
    await ask(hf_token="hf_of-the-hub-only")
    assert "authorization" not in server.completions[0].headers


async def test_other_models_of_the_server_chat(ask: Asker, server: ModelServer) -> None:
    await ask(base_models=("another",))
    assert (len(server.chats), len(server.completions)) == (1, 0)
    await ask(base_models=("*",))
    assert (len(server.chats), len(server.completions)) == (1, 1)


async def test_a_server_that_minds_no_stop_string_is_stopped(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=INVENTED, delay=0.02)
    heard = await ask()
    assert (heard.text, heard.last.finish) == ("Rome is old.", "stop")
    assert sum(bool(chunk.text) for chunk in heard.chunks) > 2
    assert server.completions[0].gone.wait(30)
    assert server.completions[0].sent < 400


async def test_usage_and_finish_are_the_server_s(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=[" Rome", " is"], finish="length")
    heard = await ask()
    assert heard.last.finish == "length"
    assert heard.last.usage
    assert heard.last.usage.completion_tokens == 2


async def test_usage_is_asked_for_again_without_where_the_server_does_not_know_it(
    ask: Asker, server: ModelServer
) -> None:
    server.answer = Answer(text=" Fine.", refuses="stream_options")
    assert (await ask()).text == "Fine."
    assert [("stream_options" in request.body) for request in server.completions] == [True, False]


async def test_a_reply_that_was_cut_off_goes_on_in_the_same_turn(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=["ld and", " large.\nHuman: And?"])
    assert (await ask(said="Rome is o")).text == "ld and large."
    assert server.completions[0].body["prompt"].endswith("\nBot: Rome is o")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadRequest),
        (401, errors.Auth),
        (404, errors.NotFound),
        (429, errors.RateLimited),
        (500, errors.Unavailable),
        (504, errors.Timeout),
    ],
)
async def test_a_status_has_a_class(ask: Asker, server: ModelServer, status: int, kind: type[LLMError]) -> None:
    server.answer = Answer(status=status, body='{"error": {"message": "no sk-secret1234"}}')
    with pytest.raises(LLMError) as caught:
        await ask(api_key="sk-secret1234")
    assert type(caught.value) is kind
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("eof", errors.Interrupted),
        ("reset", errors.Interrupted),
        ("half line", errors.Interrupted),
        ("error", errors.Upstream),
        ("stall", errors.Timeout),
    ],
)
async def test_what_was_said_before_it_broke_off_is_kept(
    ask: Asker, server: ModelServer, ending: Ending, kind: type[LLMError]
) -> None:
    server.answer = Answer(text=[" Rome", " is old\nHum"], ending=ending)
    with pytest.raises(LLMError) as caught:
        await ask(idle_timeout=1 if ending == "stall" else 30)
    assert type(caught.value) is kind
    assert "".join(chunk.text for chunk in ask.heard) == "Rome is old\nHum"


async def test_a_reply_that_ends_by_an_error_has_failed(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=[" Rome"], finish="error")
    with pytest.raises(errors.Upstream):
        await ask()
    assert "".join(chunk.text for chunk in ask.heard) == "Rome"


@pytest.mark.parametrize("ending", ["done", "done without space", "finish", "open"])
async def test_a_reply_may_end_in_several_ways(ask: Asker, server: ModelServer, ending: Ending) -> None:
    server.answer = Answer(text=" Rome.", ending=ending)
    assert (await ask()).text == "Rome."


async def test_it_is_not_waited_for_for_ever(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=" Late", before_headers=60)
    with pytest.raises(errors.Timeout):
        await ask(first_timeout=0.2)
    server.answer = Answer(text=INVENTED[:3] * 200, delay=0.05)
    with pytest.raises(errors.Timeout):
        await ask(total_timeout=0.3)


@pytest.mark.parametrize("body", ["<html>", '{"choices": []}', "null"])
async def test_what_is_no_stream_is_no_reply(ask: Asker, server: ModelServer, body: str) -> None:
    kind = "text/html" if "<" in body else "application/json"
    server.answer = Answer(body=body, content_type=kind)
    with pytest.raises(errors.Upstream):
        await ask()


async def test_connections_are_used_again(ask: Asker, server: ModelServer) -> None:
    for _ in range(5):
        await ask()
    # One more may have asked for the list of models meanwhile.
    assert (len(server.completions), server.connections) in {(5, 1), (5, 2)}
