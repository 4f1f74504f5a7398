"""One reply, from the prompt to its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from llm import errors
from llm.backends.local.loading import Loaded
from llm.backends.local.prompt import Prompt
from llm.chunk import Chunk, Usage
from llm.config import Config, Sampling
from llm.continuing import Repeated
from llm.dialogue import Clipper
from llm.stopping import Chain, Stops

TOKENS = 4096
"""How long a reply may become where nobody has said it."""

ROOM = 32
"""Tokens that must be left for a reply."""


class Cancelled(Exception):
    """Nobody waits for the reply any more."""


class _Ended(Exception):
    """The reply is over, though the model would go on."""


def speak(
    loaded: Loaded,
    prompt: Prompt,
    sampling: Sampling,
    config: Config,
    *,
    tell: Callable[[Chunk], None],
    cancelled: Callable[[], bool],
) -> Chunk:
    """Tells the reply as it is made, and returns its end. Raises `Cancelled`, `LLMError`, and what torch raises."""
    import torch

    tokens = loaded.vocabulary.encode(prompt.text, special=prompt.dialogue)
    most = _room(loaded, len(tokens), sampling)
    listener = _Listener(loaded, prompt, sampling, config, tell=tell, cancelled=cancelled)
    asked = torch.tensor([tokens], device=loaded.model.device)
    if sampling.seed is None:
        torch.seed()
    else:
        torch.manual_seed(sampling.seed)
    try:
        with torch.inference_mode(), _interruptible(loaded.model, listener):
            loaded.model.generate(
                input_ids=asked,
                attention_mask=torch.ones_like(asked),
                max_new_tokens=most,
                streamer=listener,
                **_options(loaded, sampling),
            )
    except _Ended:
        pass
    except Cancelled:
        raise
    except Exception:
        listener.flush()
        raise
    return listener.finish(Usage(len(tokens), listener.count), most)


def _room(loaded: Loaded, prompt: int, sampling: Sampling) -> int:
    wanted = sampling.max_tokens or getattr(loaded.model.generation_config, "max_new_tokens", None) or TOKENS
    if loaded.limit is None:
        return int(wanted)
    if loaded.limit - prompt < min(ROOM, wanted):
        raise errors.TooLong(f"{prompt} tokens, and the model takes {loaded.limit}")
    return int(min(wanted, loaded.limit - prompt))


def _options(loaded: Loaded, sampling: Sampling) -> dict[str, Any]:
    """What nobody has chosen stays as the model's own generation_config.json says."""
    ends = sorted(loaded.ends)
    options: dict[str, Any] = {"num_beams": 1, "eos_token_id": ends or None}
    padding = loaded.model.generation_config.pad_token_id
    if padding is None:
        options["pad_token_id"] = ends[0] if ends else 0
    if sampling.temperature == 0:
        return options | {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    if sampling.temperature is not None:
        options |= {"do_sample": True, "temperature": sampling.temperature}
    if sampling.top_p is not None:
        options |= {"do_sample": True, "top_p": sampling.top_p}
    return options


class _Listener:
    """What `generate` knows as a streamer."""

    def __init__(
        self,
        loaded: Loaded,
        prompt: Prompt,
        sampling: Sampling,
        config: Config,
        *,
        tell: Callable[[Chunk], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.count = 0
        self.in_prompt = True
        self._last = -1
        self._ends = loaded.ends
        self._decode = loaded.vocabulary.decoder()
        self._tell = tell
        self._cancelled = cancelled
        self._by = time.monotonic() + config.total_timeout if config.total_timeout else None
        clipper = [Clipper(config.speakers, goes_on=bool(prompt.said))] if prompt.dialogue else []
        self._filter = Chain(*clipper, Stops(sampling.stop or ()), Repeated(prompt.said))

    def check(self) -> None:
        if self._cancelled():
            raise Cancelled
        if self._by is not None and time.monotonic() > self._by:
            raise errors.Timeout("LLM_TOTAL_TIMEOUT")

    def put(self, tokens: Any) -> None:
        self.check()
        if self.in_prompt:  # which comes back first
            self.in_prompt = False
            return
        for token in tokens.reshape(-1).tolist():
            self._hear(token)

    def end(self) -> None:
        """Of a reply the model itself has ended; `finish` is for all."""

    def finish(self, usage: Usage, most: int) -> Chunk:
        self.flush()
        cut = self.count >= most and self._last not in self._ends and not self._filter.stopped
        return Chunk(usage=usage, finish="length" if cut else "stop")

    def flush(self) -> None:
        """Says what was held back."""
        self._say(self._filter.rest())

    def _hear(self, token: int) -> None:
        self.count += 1
        self._last = token
        if token in self._ends:
            return
        self._say(self._filter.feed(self._decode(token)))
        if self._filter.stopped:
            raise _Ended

    def _say(self, text: str) -> None:
        if text:
            self._tell(Chunk(text=text))


@contextmanager
def _interruptible(model: Any, listener: _Listener) -> Iterator[None]:
    """A long prompt is read for minutes where there is no graphics card: it can be stopped between two layers."""
    import torch

    lists = [(name, part) for name, part in model.named_modules() if isinstance(part, torch.nn.ModuleList)]
    # The outermost: within a layer there may be lists of experts.
    _, layers = min(lists, key=lambda named: (named[0].count("."), -len(named[1])), default=("", ()))
    with ExitStack() as hooks:

        def check(*_: Any) -> None:
            listener.check()
            if listener.count:
                hooks.close()

        for layer in layers:
            hooks.callback(layer.register_forward_pre_hook(check).remove)
        yield
