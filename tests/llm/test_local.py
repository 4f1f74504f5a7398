"""The model in this process: what its backend promises beyond the contract of all."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm import Chunk, Config, Sampling, Waiting, errors, get_reply
from llm.backends import backend_for
from llm.backends.local.backend import Local
from llm.backends.local.generation import Cancelled, speak
from llm.backends.local.loading import Loaded, Spec
from llm.backends.local.prompt import Prompt
from llm.backends.local.vocabulary import Vocabulary
from llm.backends.local.worker import Worker
from tests import tiny_models
from tests.llm.conftest import Heard

os.environ["OMP_NUM_THREADS"] = "1"

CHAT = str(tiny_models.folder(tiny_models.CHAT))
BASE = str(tiny_models.folder(tiny_models.BASE))
HELLO = [{"role": "user", "content": "Hello"}]


def stream(
    model: str = CHAT, *, system_prompt: str = "", sampling: dict[str, Any] | None = None, **config: Any
) -> AsyncGenerator[Chunk, None]:
    settings = Config(backend="transformers", models=(model,), system_prompt=system_prompt, **config)
    return get_reply(HELLO, model=model, config=settings, sampling=Sampling(**(sampling or {"max_tokens": 8})))


async def ask(model: str = CHAT, **more: Any) -> Heard:
    heard = Heard()
    async with aclosing(stream(model, **more)) as chunks:
        async for chunk in chunks:
            heard.chunks.append(chunk)
    return heard


def waits(heard: Heard) -> list[Waiting]:
    return [chunk.waiting for chunk in heard.chunks if chunk.waiting]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A model nobody has loaded yet."""
    return Path(shutil.copytree(CHAT, tmp_path / "copied"))


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    asyncio.run(ask(BASE))
    worker = Worker.known(Spec(BASE))
    assert worker
    assert worker.loaded
    return worker.loaded


async def test_a_folder_needs_no_network(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(*where: object, **_: object) -> NoReturn:
        asked.append(where)
        raise OSError

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    heard = await ask(str(copied))
    assert heard.text
    assert not asked
    assert waits(heard)[0] == Waiting(what="loading")


async def test_it_is_loaded_once_and_ahead_where_that_is_wished(copied: Path) -> None:
    config = Config(backend="transformers", models=(str(copied),))
    backend_for(config).warm()
    backend_for(config).warm()
    replies = await asyncio.gather(*(ask(str(copied)) for _ in range(3)))
    worker = Worker.known(Spec(str(copied)))
    assert worker
    model = worker.loaded
    assert all(heard.text for heard in replies)
    await ask(str(copied))
    assert worker.loaded is model


async def test_who_waits_knows_the_place_in_the_line() -> None:
    await ask()
    places = [[wait.place for wait in waits(heard)] for heard in await asyncio.gather(*(ask() for _ in range(3)))]
    assert places == [[], [1, 0], [2, 1, 0]]


async def test_nobody_has_a_second_turn_before_all_have_had_one() -> None:
    await ask()
    order: list[str] = []

    async def asked_by(asker: str) -> None:
        await ask(asker=asker)
        order.append(asker)

    await asyncio.gather(*(asked_by(asker) for asker in ("alice", "alice", "alice", "bob", "carol", "bob")))
    assert order == ["alice", "bob", "carol", "alice", "bob", "alice"]


async def test_who_is_not_known_is_served_as_they_come() -> None:
    order: list[int] = []

    async def numbered(number: int) -> None:
        await ask()
        order.append(number)

    await asyncio.gather(*map(numbered, range(5)))
    assert order == [0, 1, 2, 3, 4]


async def test_who_leaves_the_line_is_not_waited_for() -> None:
    await ask()
    speaking, leaving, last = (stream(sampling={"max_tokens": 400}) for _ in range(3))
    assert (await anext(speaking)).context
    assert (await anext(speaking)).text
    assert (await anext(leaving)).waiting == Waiting(what="queued", place=1)
    assert (await anext(last)).waiting == Waiting(what="queued", place=2)
    await leaving.aclose()
    assert (await anext(last)).waiting == Waiting(what="queued", place=1)
    await speaking.aclose()
    assert (await anext(last)).waiting == Waiting(what="queued", place=0)
    assert (await anext(last)).context
    assert (await anext(last)).text
    await last.aclose()


def test_who_has_left_as_their_turn_came_ends_no_thread(loaded: Loaded) -> None:
    nobody_waits = Worker(Spec(BASE))
    nobody_waits._serve(loaded)


@pytest.mark.parametrize("problem", ["nothing", "empty", "broken"])
async def test_a_folder_without_a_model_fails_who_asks_and_is_tried_again(copied: Path, problem: str) -> None:
    aside = copied.with_name("aside")
    shutil.move(copied, aside)
    if problem != "nothing":
        os.mkdir(copied)
    if problem == "broken":
        shutil.copy(aside / "config.json", copied)
    with pytest.raises(errors.LLMError) as caught:
        await ask(str(copied))
    assert type(caught.value) is (errors.Upstream if problem == "broken" else errors.NotFound)
    shutil.rmtree(copied, ignore_errors=True)
    shutil.move(aside, copied)
    assert (await ask(str(copied))).text


async def test_only_the_models_of_the_site_are_loaded() -> None:
    with pytest.raises(errors.NotFound):
        async for _ in get_reply(HELLO, model="/etc", config=Config(backend="transformers", models=(CHAT,))):
            pass


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), errors.Unavailable),
        (MemoryError(), errors.Unavailable),
        (ValueError("nonsense"), errors.Upstream),
        (IndexError(), errors.Upstream),
    ],
    ids=str,
)
async def test_what_goes_wrong_is_told_and_the_next_is_served(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, told: type[errors.LLMError]
) -> None:
    await ask()
    worker = Worker.known(Spec(CHAT))
    assert worker
    assert worker.loaded

    def fail(**_: object) -> NoReturn:
        raise raised

    with monkeypatch.context() as patched:
        patched.setattr(worker.loaded.model, "generate", fail)
        with pytest.raises(told):
            await ask()
    assert (await ask()).text


async def test_a_reply_may_take_so_long_and_no_longer() -> None:
    await ask()
    with pytest.raises(errors.Timeout):
        await ask(total_timeout=0.02, sampling={"max_tokens": 400})


async def test_a_system_prompt_the_template_refuses_goes_into_the_question(copied: Path) -> None:
    template = (copied / "chat_template.jinja").read_text()
    refusal = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    (copied / "chat_template.jinja").write_text(refusal + template)
    plain = (await ask(str(copied))).last.usage
    told = (await ask(str(copied), system_prompt="You are a helpful assistant.")).last.usage
    assert plain
    assert told
    assert told.prompt_tokens > plain.prompt_tokens


async def test_thinking_that_the_template_begins_is_kept_apart(copied: Path) -> None:
    template = (copied / "chat_template.jinja").read_text()
    (copied / "chat_template.jinja").write_text(template.replace("assistant\n{% endif", "assistant\n<think>\n{% endif"))
    heard = await ask(str(copied))
    assert heard.reasoning
    assert not heard.text


async def test_either_of_two_end_tokens_ends_a_reply(copied: Path) -> None:
    settings = json.loads((copied / "generation_config.json").read_text())
    (copied / "generation_config.json").write_text(json.dumps({**settings, "eos_token_id": 0}))
    await ask(str(copied))
    worker = Worker.known(Spec(str(copied)))
    assert worker
    assert worker.loaded
    assert worker.loaded.ends == {0, 2}


async def test_the_limit_and_the_tokens_are_the_model_s_own(copied: Path) -> None:
    config = Config(backend="transformers", models=(str(copied),))
    assert Local(config).context_length(str(copied)) == tiny_models.LIMIT
    assert Local(config).count_tokens(str(copied), "Hello") is None
    assert Local(config).context_length("no/such-model") is None
    await ask(str(copied))
    assert Local(config).context_length(str(copied)) == tiny_models.LIMIT
    assert Local(config).count_tokens(str(copied), "Hello! How can I help you today?") == 9


@pytest.mark.parametrize(
    ("chosen", "advice"),
    [
        ({"quantization": "4bit"}, "pip install bitsandbytes"),
        ({"device": "cuda"}, "LLM_DEVICE is cuda"),
        ({"device": "cuda", "quantization": "int8"}, "LLM_DEVICE is cuda"),
    ],
    ids=str,
)
async def test_what_this_machine_cannot_do_is_said(chosen: dict[str, str], advice: str) -> None:
    with pytest.raises(errors.Unavailable) as caught:
        await ask(**chosen)
    assert advice in caught.value.detail


@pytest.mark.parametrize("chosen", [{"quantization": "int8"}, {"dtype": "bfloat16"}, {"device": "cpu"}], ids=str)
async def test_numbers_may_be_smaller(chosen: dict[str, str]) -> None:
    assert (await ask(BASE, **chosen)).text == tiny_models.BASE_SAYS


async def test_a_model_that_knows_chat_can_be_spoken_to_as_one_that_does_not() -> None:
    asked = (await ask(base_models=(CHAT,), preprompt="A talk. " * 20)).last.usage
    assert asked
    assert asked.prompt_tokens > 60


def test_a_long_prompt_can_be_stopped_while_it_is_read(loaded: Loaded) -> None:
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        speak(loaded, Prompt("Rome"), Sampling(), Config(), tell=lambda _: None, cancelled=lambda: next(answers))
    assert next(answers, None) is None
    assert not any(module._forward_pre_hooks for module in loaded.model.modules())


class Slow:
    """A tokenizer as those are that are written in Python."""

    def __init__(self, tokenizer: Any) -> None:
        self.encode = tokenizer.encode
        self.decode = tokenizer.decode


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=40) | st.sampled_from(["Grüße 东京 🙂🏳️‍🌈", "  a\n\n b", "नमस्ते"]))
def test_text_comes_whole_whatever_its_letters(loaded: Loaded, text: str) -> None:
    for vocabulary in (loaded.vocabulary, Vocabulary(Slow(loaded.vocabulary.tokenizer))):
        decode = vocabulary.decoder()
        pieces = [decode(token) for token in vocabulary.encode(text, special=False)]
        assert "".join(pieces) == text.rstrip("\ufffd") or "\ufffd" in text
        assert "\ufffd" in text or not any("\ufffd" in piece for piece in pieces)
