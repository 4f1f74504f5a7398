from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Literal

import httpx2
from huggingface_hub import AsyncInferenceClient

from llm import continuing, dialogue, errors
from llm.backends import gemma
from llm.backends.base import Backend, Message
from llm.backends.huggingface import completions, events, failures, transport
from llm.chunk import Chunk, Usage
from llm.config import ROUTER, Config, Sampling
from llm.stopping import Filter, Stops, clipped

USAGE_SECONDS = 2.0
"""How long the usage is waited for after the model has said that it is finished."""

_SETTINGS = re.compile(
    r"temperature|top_p|max_tokens|frequency_penalty|presence_penalty|seed|(?<=['\"`])stop(?=['\"`])"
)


class HuggingFace(Backend):
    """A model on the Hugging Face router, or on any OpenAI-compatible server by its `base_url`."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        transport.install()

    async def reply(self, messages: Sequence[Message], model: str, sampling: Sampling) -> AsyncGenerator[Chunk, None]:
        limits: Filter
        if self.config.base_url and dialogue.is_base(model, self.config):
            said = completions.reply(self.config, messages, model, sampling)
            limits = dialogue.limits(messages, self.config, sampling.stop or ())
        else:
            said = self._chat(messages, model, sampling)
            limits = Stops(sampling.stop or ())
        async with aclosing(clipped(said, limits)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _chat(self, messages: Sequence[Message], model: str, sampling: Sampling) -> AsyncGenerator[Chunk, None]:
        call = _Call(self.config)
        if messages[-1]["role"] == "assistant":
            messages = [*messages, {"role": "user", "content": continuing.PROMPT}]
        try:
            async with call.client() as client:
                await call.open(client, messages, model, sampling)
                async with aclosing(call.chunks()) as chunks:
                    async for chunk in chunks:
                        yield chunk
        except Exception as error:
            failure = failures.of(error, ended=call.exchange.ended, started=call.started)
            if failure is None:
                raise
            # `from None`: the client's own message may hold the address, the key or what the upstream said.
            raise failures.scrubbed(failure, self.config.hf_token, self.config.api_key) from None


@dataclass
class _End:
    finish: Literal["stop", "length"] | None = None
    usage: Usage | None = None


class _Call:
    """One request to the model server and its clocks."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.exchange = transport.Exchange()
        self.started = False
        self.ignored: tuple[str, ...] = ()
        loop = asyncio.get_running_loop()
        self.now = loop.time
        self.first_by = loop.time() + config.first_timeout
        total = config.total_timeout
        self.last_by = float("inf") if total is None else loop.time() + total

    def client(self) -> AsyncInferenceClient:
        """The key that goes out is always said: left to itself the hub sends HF_TOKEN to any server."""
        timeout: Any = httpx2.Timeout(None, connect=self.config.connect_timeout, pool=5)
        if self.config.base_url:
            key = transport.usable(self.config.api_key)
            headers: Any = {"authorization": f"Bearer {key}" if key else None}
            return AsyncInferenceClient(
                base_url=str(transport.address(self.config.base_url)), api_key=key, headers=headers, timeout=timeout
            )
        token = transport.hub_token(self.config.hf_token)
        if self.config.router != ROUTER:
            headers = {"authorization": f"Bearer {token}"}
            address = str(transport.address(self.config.router))
            return AsyncInferenceClient(base_url=address, api_key=token, headers=headers, timeout=timeout)
        return AsyncInferenceClient(provider="auto", api_key=token, timeout=timeout)

    async def open(
        self, client: AsyncInferenceClient, messages: Sequence[Message], model: str, sampling: Sampling
    ) -> None:
        """Asks again, before anything was shown, without what the server may not know: a system role, the wish to be
        told the usage, or a setting that it names in its refusal."""
        if model.lower().startswith(("http:", "https:")):
            raise errors.NotFound("the model's name is an address")  # where the hub would send the token
        folded = gemma.knows_no_system(model)
        usage = True
        while True:
            sent = gemma.without_system(messages) if folded else list(messages)
            try:
                return await self._request(client, sent, model, sampling, usage=usage)
            except (httpx2.HTTPError, errors.LLMError) as error:
                failure = failures.of(error)
                if failure is None:
                    raise
                refused = _setting_in(failure, sampling)
                if refused:
                    sampling = replace(sampling, **{refused: None})
                    self.ignored += (refused,)
                elif not folded and messages[0]["role"] == "system" and gemma.refuses_system(failure):
                    folded = True
                elif usage and isinstance(failure, errors.BadRequest):
                    usage = False
                else:
                    raise

    async def _request(
        self,
        client: AsyncInferenceClient,
        messages: Sequence[Message],
        model: str,
        sampling: Sampling,
        *,
        usage: bool,
    ) -> None:
        options: Any = {"include_usage": True} if usage else None
        watched = transport.current_exchange.set(self.exchange)
        try:
            async with asyncio.timeout_at(min(self.first_by, self.last_by)):
                await client.chat_completion(
                    [dict(message) for message in messages],
                    model=model,
                    stream=True,
                    stream_options=options,
                    temperature=sampling.temperature,
                    top_p=sampling.top_p,
                    max_tokens=sampling.max_tokens,
                    frequency_penalty=sampling.frequency_penalty,
                    presence_penalty=sampling.presence_penalty,
                    stop=list(sampling.stop) if sampling.stop else None,
                    seed=sampling.seed,
                )
        finally:
            transport.current_exchange.reset(watched)

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        end = _End()
        async with aclosing(events.batches(self.exchange)) as batches:
            while (batch := await self._next(batches, end)) is not None:
                text, reasoning, reason = _told(batch, end)
                # It would stay until the next comes: with a thousand streams, megabytes.
                batch.clear()
                if text or reasoning:
                    self.started = True
                    yield Chunk(text=text, reasoning=reasoning)
                    self.exchange.take_time()
                if reason:
                    self.exchange.hurry()
                    end.finish = _finish(reason)
        if end.finish is None and not self.exchange.done:
            raise errors.Interrupted("the stream ended without saying so")
        yield Chunk(usage=end.usage, finish=end.finish or "stop", ignored=self.ignored)

    async def _next(self, batches: AsyncGenerator[list[events.Event], None], end: _End) -> list[events.Event] | None:
        """The next events; None at the end, which a finished reply does not wait for."""
        by = self.now() + self.config.idle_timeout if self.started else self.first_by
        if end.finish:
            by = min(by, self.now() + USAGE_SECONDS)
        try:
            async with asyncio.timeout_at(min(by, self.last_by)):
                return await anext(batches, None)
        except (TimeoutError, httpx2.TransportError):
            if end.finish:
                return None
            raise


def _setting_in(failure: errors.LLMError, sampling: Sampling) -> str | None:
    """The setting that a refusal speaks of; `stop` is a word like others, so it has to stand in quotes."""
    if not isinstance(failure, errors.BadRequest):
        return None
    named = _SETTINGS.findall(failure.detail)
    return next((name for name in named if getattr(sampling, name) is not None), None)


def _told(batch: Sequence[events.Event], end: _End) -> tuple[str, str, object]:
    """What has been said and thought, and why it ended, if it did."""
    text, reasoning, reason = "", "", None
    for event in batch:
        end.usage = Usage.read(event.get("usage")) or end.usage
        choices = event.get("choices")
        if isinstance(choices, list) and choices:
            choice = choices[0]
            said, thought = _said(choice.get("delta"))
            text += said
            reasoning += thought
            reason = choice.get("finish_reason") or reason
    return text, reasoning, reason


def _said(delta: Any) -> tuple[str, str]:
    """An addition to the answer, and one to the thinking."""
    if not isinstance(delta, dict):
        return "", ""
    content = delta.get("content")
    reasoning = delta.get("reasoning") or delta.get("reasoning_content") or delta.get("reasoning_text")
    thoughts = (_text(part.get("thinking")) for part in _parts(content))
    return _text(content), reasoning if isinstance(reasoning, str) else "".join(thoughts)


def _text(content: Any) -> str:
    """Models of Mistral that think say it in parts, and each thought in parts again."""
    if isinstance(content, str):
        return content
    texts = (part.get("text") for part in _parts(content))
    return "".join(text for text in texts if isinstance(text, str))


def _parts(content: Any) -> list[dict[str, Any]]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _finish(reason: object) -> Literal["stop", "length"]:
    if reason == "error":
        raise errors.Upstream("the reply finished with an error")
    return "length" if reason in ("length", "max_tokens") else "stop"
