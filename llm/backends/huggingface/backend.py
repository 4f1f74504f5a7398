from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

import httpx2
from huggingface_hub import AsyncInferenceClient

from llm import continuing, dialogue, errors
from llm.backends import gemma
from llm.backends.base import Backend, Message
from llm.backends.huggingface import completions, failures, transport
from llm.backends.huggingface.call import Call
from llm.chunk import Chunk
from llm.config import ROUTER, Config, Sampling
from llm.stopping import Filter, Stops, clipped

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
        call = Call(self.config)
        if messages[-1]["role"] == "assistant":
            messages = [*messages, {"role": "user", "content": continuing.PROMPT}]
        with call.failing():
            async with _client(call) as client:
                await _open(call, client, messages, model, sampling)
                async with aclosing(call.chunks(_said)) as chunks:
                    async for chunk in chunks:
                        yield chunk


def _client(call: Call) -> AsyncInferenceClient:
    """The key that goes out is always said: left to itself the hub sends HF_TOKEN to any server."""
    config, timeout = call.config, cast(Any, call.timeout)
    if config.base_url:
        key = transport.usable(config.api_key)
        headers: Any = {"authorization": f"Bearer {key}" if key else None}
        address = str(transport.address(config.base_url))
        return AsyncInferenceClient(base_url=address, api_key=key, headers=headers, timeout=timeout)
    token = transport.hub_token(config.hf_token)
    if config.router != ROUTER:
        headers = {"authorization": f"Bearer {token}"}
        address = str(transport.address(config.router))
        return AsyncInferenceClient(base_url=address, api_key=token, headers=headers, timeout=timeout)
    return AsyncInferenceClient(provider="auto", api_key=token, timeout=timeout)


async def _open(
    call: Call, client: AsyncInferenceClient, messages: Sequence[Message], model: str, sampling: Sampling
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
            return await _request(call, client, sent, model, sampling, usage=usage)
        except (httpx2.HTTPError, errors.LLMError) as error:
            failure = failures.of(error)
            if failure is None:
                raise
            refused = _setting_in(failure, sampling)
            if refused:
                sampling = replace(sampling, **{refused: None})
                call.ignored += (refused,)
            elif not folded and messages[0]["role"] == "system" and gemma.refuses_system(failure):
                folded = True
            elif usage and isinstance(failure, errors.BadRequest):
                usage = False
            else:
                raise


async def _request(
    call: Call,
    client: AsyncInferenceClient,
    messages: Sequence[Message],
    model: str,
    sampling: Sampling,
    *,
    usage: bool,
) -> None:
    options: Any = {"include_usage": True} if usage else None
    watched = transport.current_exchange.set(call.exchange)
    try:
        async with call.opening():
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


def _setting_in(failure: errors.LLMError, sampling: Sampling) -> str | None:
    """The setting that a refusal speaks of; `stop` is a word like others, so it has to stand in quotes."""
    if not isinstance(failure, errors.BadRequest):
        return None
    named = _SETTINGS.findall(failure.detail)
    return next((name for name in named if getattr(sampling, name) is not None), None)


def _said(choice: dict[str, Any]) -> tuple[str, str]:
    delta = choice.get("delta")
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
