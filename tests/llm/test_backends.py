"""One contract, kept by everything that answers: model servers of others, the local models, the guide."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from llm import Config, Sampling, errors, get_reply
from llm.backends.guide import Guide
from llm.backends.huggingface import pacing
from tests import model_programs, tiny_models
from tests.llm.conftest import Heard

os.environ["OMP_NUM_THREADS"] = "1"

QUESTION = "Hello, who are you?"
LONG = 400


@dataclass(frozen=True)
class Answerer:
    """Who is asked, and where it differs from the others with good reason."""

    config: Config
    model: str
    says: str | None = None
    """The same every time: neither length nor seed make a difference."""
    tells_usage: bool = True
    knows_its_models: bool = True
    knows_its_limit: bool = True
    takes_settings: bool = True
    slots: str = ""
    """The address that tells whether the model still speaks, where one reply does not wait for the other."""

    async def __call__(self, question: str = QUESTION, *, model: str = "", said: str = "", **chosen: Any) -> Heard:
        heard = Heard()
        messages = [{"role": "user", "content": question}]
        if said:
            messages.append({"role": "assistant", "content": said})
        reply = get_reply(messages, model=model or self.model, config=self.config, sampling=Sampling(**chosen))
        async with aclosing(reply):
            async for chunk in reply:
                if not chunk.waiting:
                    heard.chunks.append(chunk)
        return heard


def guide(_: ExitStack, __: Path) -> Answerer:
    # It knows no models, makes no tokens, and has all its words ready.
    return Answerer(
        Config(backend="guide"), "guide", tells_usage=False, knows_its_models=False, knows_its_limit=False,
        takes_settings=False, says="",
    )  # fmt: skip


def local(_: ExitStack, __: Path) -> Answerer:
    model = str(tiny_models.folder(tiny_models.CHAT))
    return Answerer(Config(backend="transformers", models=(model,)), model)


def local_base(_: ExitStack, __: Path) -> Answerer:
    model = str(tiny_models.folder(tiny_models.BASE))
    return Answerer(Config(backend="transformers", models=(model,)), model, says=tiny_models.BASE_SAYS)


def llama_cpp(stack: ExitStack, folder: Path) -> Answerer:
    url = stack.enter_context(model_programs.llama_cpp(tiny_models.CHAT, folder))
    config = Config(backend="huggingface", base_url=url)
    # It has one model, whatever that is called.
    return Answerer(config, "tiny", knows_its_models=False, slots=f"{url.removesuffix('/v1')}/slots")


def llama_cpp_base(stack: ExitStack, folder: Path) -> Answerer:
    url = stack.enter_context(model_programs.llama_cpp(tiny_models.BASE, folder))
    config = Config(backend="huggingface", base_url=url, base_models=("tiny",))
    return Answerer(config, "tiny", knows_its_models=False, says=tiny_models.BASE_SAYS)


def transformers_serve(stack: ExitStack, folder: Path) -> Answerer:
    url = stack.enter_context(model_programs.transformers_serve(tiny_models.CHAT, folder))
    model = str(tiny_models.folder(tiny_models.CHAT))
    # It writes beyond the window of the model.
    return Answerer(Config(backend="huggingface", base_url=url), model, knows_its_limit=False)


KINDS: list[Callable[[ExitStack, Path], Answerer]] = [
    guide, local, local_base, llama_cpp, llama_cpp_base, transformers_serve,
]  # fmt: skip


@pytest.fixture(autouse=True)
def _quick_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guide, "pieces_per_second", 10_000)
    # Or all that the smallest models say would be read at once.
    monkeypatch.setattr(pacing, "FIRST_INTERVAL", 0.0)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__)
def ask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    with ExitStack() as stack:
        yield request.param(stack, tmp_path_factory.mktemp("models"))


async def test_a_reply_comes_in_pieces_and_ends_once(ask: Answerer) -> None:
    heard = await ask(max_tokens=30)
    for _ in range(9):
        # A few words of a model as small as this may all be there when the server is looked at.
        if sum(bool(chunk.text) for chunk in heard.chunks) > 1:
            break
        heard = await ask(max_tokens=30)
    assert sum(bool(chunk.text) for chunk in heard.chunks) > 1
    assert [chunk.finish for chunk in heard.chunks[:-1]] == [None] * (len(heard.chunks) - 1)
    assert heard.last.finish in {"stop", "length"}
    if ask.says:
        assert (heard.text, heard.last.finish) == (ask.says, "stop")


async def test_a_reply_is_as_long_as_was_chosen(ask: Answerer) -> None:
    heard = await ask(max_tokens=2)
    assert heard.last.finish == ("length" if ask.takes_settings else "stop")
    if ask.tells_usage:
        assert heard.last.usage
        assert heard.last.usage.completion_tokens == 2
        assert heard.last.usage.prompt_tokens > 5


async def test_the_same_seed_says_the_same(ask: Answerer) -> None:
    first, again = [(await ask(max_tokens=30, seed=7, temperature=1.0)).text for _ in range(2)]
    assert first == again
    if ask.says is None:
        assert first != (await ask(max_tokens=30, seed=8, temperature=1.0)).text


async def test_without_temperature_it_always_says_the_same(ask: Answerer) -> None:
    assert (await ask(max_tokens=20, temperature=0)).text == (await ask(max_tokens=20, temperature=0)).text


async def test_a_stop_string_ends_the_reply_and_is_no_part_of_it(ask: Answerer) -> None:
    whole = (await ask(max_tokens=60, seed=7, temperature=1.0)).text
    stop = next(whole[n : n + 3] for n in range(4, len(whole)) if whole[n : n + 3].isascii() and whole[n + 2 : n + 3])
    heard = await ask(max_tokens=60, seed=7, temperature=1.0, stop=(stop,))
    assert heard.text == (whole[: whole.find(stop)] if ask.takes_settings else whole)
    assert heard.last.finish == "stop"


async def test_closing_a_reply_stops_the_model_at_once(ask: Answerer) -> None:
    if ask.says is not None:
        return  # what it has to say is short
    await ask(max_tokens=1)  # the first has to wait for more
    began = time.monotonic()
    await ask(max_tokens=LONG)
    whole = time.monotonic() - began
    began = time.monotonic()
    messages = [{"role": "user", "content": QUESTION}]
    reply = get_reply(messages, model=ask.model, config=ask.config, sampling=Sampling(max_tokens=LONG))
    async with aclosing(reply):
        async for chunk in reply:
            if chunk.text:
                break
    if ask.slots:
        async with httpx2.AsyncClient(trust_env=False) as client:
            while any(slot["is_processing"] for slot in (await client.get(ask.slots)).json()):
                assert time.monotonic() - began < whole / 2 + 1
                await asyncio.sleep(0.01)
    else:
        await ask(max_tokens=1)  # which would have to wait for the other
        assert time.monotonic() - began < whole * 0.7


async def test_any_question_leads_to_text_that_can_be_stored(ask: Answerer) -> None:
    for question in ("Grüße 东京 🙂 \u202e مرحبا", "\0 and \ud83d", "x"):
        heard = await ask(question, max_tokens=40)
        assert "\0" not in heard.text
        heard.text.encode()


async def test_ten_at_once_all_end(ask: Answerer) -> None:
    replies = await asyncio.gather(*(ask(max_tokens=8) for _ in range(10)))
    assert all(heard.last.finish for heard in replies)
    assert all(heard.text for heard in replies)


async def test_a_model_that_is_not_there_is_not_found(ask: Answerer) -> None:
    if not ask.knows_its_models:
        assert (await ask(model="no/such-model", max_tokens=8)).text
        return
    with pytest.raises(errors.NotFound):
        await ask(model="no/such-model", max_tokens=1)


async def test_a_conversation_beyond_the_window_is_too_long(ask: Answerer) -> None:
    if not ask.knows_its_limit:
        assert (await ask("word " * tiny_models.LIMIT, max_tokens=8)).text
        return
    with pytest.raises(errors.TooLong):
        await ask("word " * tiny_models.LIMIT, max_tokens=8)
    assert (await ask(max_tokens=8)).text


async def test_a_reply_that_was_cut_off_goes_on(ask: Answerer) -> None:
    if ask.says:
        assert (await ask(said="Rome is", max_tokens=10)).text == " old."
        assert (await ask(said="Rome is ", max_tokens=10)).text == "old."
    else:
        assert (await ask(said="Once upon a", max_tokens=10)).last.finish
