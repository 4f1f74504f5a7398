"""The models an OpenAI-compatible server says it has."""

from __future__ import annotations

import asyncio

import httpx2

from llm import errors, storable
from llm.backends.huggingface import failures, transport
from llm.config import Config

SECONDS = 5.0
CONNECT_SECONDS = 2.0


async def model_ids(config: Config) -> tuple[str, ...]:
    """`GET {base_url}/models`, in the server's order. Raises `LLMError`."""
    connect = min(config.connect_timeout, CONNECT_SECONDS)
    headers = {"authorization": f"Bearer {config.api_key}"} if config.api_key else {}
    try:
        async with (
            asyncio.timeout(SECONDS),
            transport.client(timeout=httpx2.Timeout(SECONDS, connect=connect)) as client,
        ):
            response = await client.get(_address(config.base_url or ""), headers=headers)
            if response.status_code != 200:
                raise failures.of_response(response)
            return _ids(response)
    except Exception as error:
        failure = failures.of(error)
        if failure is None:
            raise
        raise failures.scrubbed(failure, config.api_key) from None


def _address(base_url: str) -> str:
    """Beside the address to which the hub sends its chat: it puts /v1 where that is missing."""
    url = transport.address(base_url)
    path = url.path.rstrip("/")
    if path.endswith("/chat/completions"):
        path = path.removesuffix("/chat/completions")
    elif not path.endswith("/v1"):
        path += "/v1"
    return str(url.copy_with(path=f"{path}/models"))


def _ids(response: httpx2.Response) -> tuple[str, ...]:
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        raise errors.Upstream("the list of models is no JSON") from None
    listed = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise errors.Upstream("the list of models has no data")
    ids = (model.get("id") for model in listed if isinstance(model, dict))
    return tuple(dict.fromkeys(storable.clean(name) for name in ids if isinstance(name, str) and name))
