from __future__ import annotations

import json

import pytest

from llm import Config, Sampling, Usage, get_reply
from tests.llm.conftest import Asker
from tests.model_answers import Answer, Ending
from tests.model_server import ModelServer


async def test_a_reply_arrives_piece_by_piece_and_ends_with_usage(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=["One", " two", " three"], delay=0.3)
    heard = await ask()
    assert heard.chunks[0].text == "One"
    assert heard.text == "One two three"
    assert heard.last.finish == "stop"
    assert heard.last.usage is not None
    assert heard.last.usage.completion_tokens == 3
    assert {chunk.finish for chunk in heard.chunks[:-1]} == {None}


async def test_the_system_prompt_comes_first(ask: Asker, server: ModelServer) -> None:
    await ask("Hi", system_prompt="Be brief.")
    assert server.chats[0].body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]


async def test_sampling_reaches_the_server_and_what_is_unset_does_not(ask: Asker, server: ModelServer) -> None:
    await ask(sampling=Sampling(temperature=0.3, max_tokens=9, stop=("x",), seed=4))
    body = server.chats[0].body
    assert {key: body[key] for key in ("model", "temperature", "max_tokens", "stop", "seed")} == {
        "model": "test-model",
        "temperature": 0.3,
        "max_tokens": 9,
        "stop": ["x"],
        "seed": 4,
    }
    assert not {"top_p", "presence_penalty", "frequency_penalty"} & body.keys()


@pytest.mark.parametrize("ending", ["done", "done without space", "finish"])
async def test_every_spelling_of_the_end_is_an_end(ask: Asker, server: ModelServer, ending: Ending) -> None:
    server.answer = Answer(text="All of it.", ending=ending)
    heard = await ask()
    assert (heard.text, heard.last.finish) == ("All of it.", "stop")


async def test_done_without_a_finish_reason_is_an_end(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="All of it.", finish=None)
    assert (await ask()).last.finish == "stop"


async def test_a_server_that_never_closes_a_finished_reply_is_not_waited_for(
    ask: Asker, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm.backends.huggingface.call.USAGE_SECONDS", 0.1)
    server.answer = Answer(text="All of it.", ending="open")
    heard = await ask()
    assert (heard.text, heard.last.finish) == ("All of it.", "stop")
    assert heard.last.usage is not None


async def test_a_reply_cut_by_its_length_says_so(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="Too", finish="length", usage="with finish")
    heard = await ask()
    assert heard.last.finish == "length"
    assert heard.last.usage == Usage(prompt_tokens=heard.last.usage.prompt_tokens, completion_tokens=1)  # type: ignore[union-attr]


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "reasoning_text"])
async def test_thinking_is_kept_apart_whatever_its_field_is_called(ask: Asker, server: ModelServer, field: str) -> None:
    server.answer = Answer(text="Four.", reasoning=("Two", " plus two"), reasoning_field=field)
    heard = await ask()
    assert (heard.reasoning, heard.text) == ("Two plus two", "Four.")


async def test_thinking_inside_the_text_is_kept_apart(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=["<th", "ink>Two ", "plus two</", "think>\n\nFo", "ur."])
    heard = await ask()
    assert (heard.reasoning, heard.text) == ("Two plus two", "Four.")


async def test_content_in_parts_is_put_together_and_its_thinking_kept_apart(ask: Asker, server: ModelServer) -> None:
    contents = (
        [{"type": "thinking", "thinking": [{"type": "text", "text": "Two "}]}],
        [{"type": "thinking", "thinking": [{"type": "text", "text": "plus two"}, 5]}, None, {"type": "reference"}],
        [{"type": "text", "text": "Fo"}, {"type": "text", "text": None}],
    )
    events = [f'data: {{"choices":[{{"delta":{{"content":{json.dumps(content)}}}}}]}}\n\n' for content in contents]
    server.answer = Answer(text="ur.", events=tuple(events))
    heard = await ask()
    assert (heard.reasoning, heard.text) == ("Two plus two", "Four.")


async def test_an_empty_reply_is_passed_on_as_it_is(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text="")
    heard = await ask()
    assert [chunk.finish for chunk in heard.chunks] == ["stop"]


async def test_a_surrogate_pair_split_over_two_chunks_is_joined(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=["Hi \ud83d", "\ude00!"])
    assert (await ask()).text == "Hi 😀!"


async def test_text_that_cannot_be_stored_is_replaced(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=["a\0b", "c\ud83d", "d"], reasoning=("\0\udc00",))
    heard = await ask()
    assert heard.text == "a�bc�d"
    assert heard.reasoning == "��"
    heard.text.encode()


async def test_unusual_line_ends_inside_the_text_do_not_break_it(ask: Asker, server: ModelServer) -> None:
    event = 'data: {"choices":[{"delta":{"content":"a\u2028b\u2029c\x85d"}}]}\n\n'
    server.answer = Answer(text="", events=(event,))
    assert (await ask()).text == "a\u2028b\u2029c\x85d"


async def test_text_that_speaks_of_the_end_is_not_the_end(ask: Asker, server: ModelServer) -> None:
    server.answer = Answer(text=["The stream ends with", " data: [DONE]", " and", " then closes."], delay=0.3)
    assert (await ask()).text == "The stream ends with data: [DONE] and then closes."


async def test_events_without_a_choice_and_comments_are_skipped(ask: Asker, server: ModelServer) -> None:
    odd = ("null", "[]", '"x"', '[{"delta":null}]', '[{"delta":{"content":null}}]', '[{"delta":{"content":5}}]')
    events = [f'data: {{"choices":{choices}}}\n\n' for choices in odd]
    server.answer = Answer(text="Fine.", events=(": keep-alive\n\n", "event: x\nid: 5\nretry: 9\n\n", *events))
    assert (await ask()).text == "Fine."


async def test_usage_is_asked_for_again_without_where_the_server_does_not_know_it(
    ask: Asker, server: ModelServer
) -> None:
    server.answer = Answer(text="Fine.", refuses="stream_options")
    heard = await ask()
    assert (heard.text, heard.last.usage) == ("Fine.", None)
    assert [("stream_options" in request.body) for request in server.chats] == [True, False]


async def test_the_system_prompt_is_folded_where_the_server_knows_no_system_role(
    ask: Asker, server: ModelServer
) -> None:
    server.answer = Answer(text="Fine.", refuses="system")
    assert (await ask("Hi", system_prompt="Be brief.")).text == "Fine."
    assert server.chats[1].body["messages"] == [{"role": "user", "content": "Be brief.\n\nHi"}]
    assert len(server.chats) == 2


@pytest.mark.parametrize(
    "model", ["google/gemma-2-9b-it", "gemma-1.1-7b-it", "gemma:7b", "Gemma2:9b", "google/gemma-2b-it"]
)
async def test_the_first_gemmas_never_see_a_system_role(ask: Asker, server: ModelServer, model: str) -> None:
    await ask("Hi", model=model, system_prompt="Be brief.")
    assert [message["role"] for message in server.chats[0].body["messages"]] == ["user"]


@pytest.mark.parametrize("model", ["google/gemma-3-27b-it", "gemma3:4b", "gemma-3n-e4b", "qwen2", "codegemma"])
async def test_other_models_get_their_system_prompt(ask: Asker, server: ModelServer, model: str) -> None:
    await ask("Hi", model=model, system_prompt="Be brief.")
    assert [message["role"] for message in server.chats[0].body["messages"]] == ["system", "user"]


async def test_without_a_model_the_first_the_server_lists_answers(server: ModelServer) -> None:
    config = Config(backend="huggingface", base_url=server.base_url)
    async for _ in get_reply([{"role": "user", "content": "Hi"}], config=config):
        pass
    assert server.chats[0].body["model"] == "test-model"


@pytest.mark.parametrize(
    ("detail", "name"),
    [
        ("Unsupported value: 'temperature' does not support 0.5 with this model.", "temperature"),
        ("Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.", "max_tokens"),
        ("extra fields not permitted: `seed`", "seed"),
        ("Unsupported parameter: 'stop'", "stop"),
    ],
)
async def test_a_setting_the_server_refuses_is_left_out_and_said(
    ask: Asker, server: ModelServer, detail: str, name: str
) -> None:
    server.script.append(Answer(status=400, body=json.dumps({"error": {"message": detail}})))
    heard = await ask(sampling=Sampling(temperature=0.5, max_tokens=99, seed=1, stop=("NEVER",)))
    assert heard.last.ignored == (name,)
    first, second = (chat.body for chat in server.chats)
    assert first.keys() - second.keys() == {name}


async def test_what_the_guide_cannot_do_is_said() -> None:
    reply = get_reply([{"role": "user", "content": "Hello"}], config=Config(), sampling=Sampling(seed=1, top_p=0.5))
    assert [chunk.ignored async for chunk in reply][-1] == ("seed", "top_p")
