"""What the model is given to go on with: its own chat template, or a dialogue where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llm import continuing, dialogue
from llm.backends import gemma
from llm.backends.base import Message
from llm.config import Config
from llm.errors import BadRequest
from llm.thinking import TAGS


@dataclass(frozen=True, slots=True)
class Prompt:
    text: str
    said: str = ""
    """What the reply begins with, though the model will not say it: it stands in the prompt."""
    dialogue: bool = False


def written(messages: Sequence[Message], tokenizer: Any, model: str, config: Config) -> Prompt:
    """Raises `BadRequest` where the template accepts no such conversation."""
    cut_off = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
    if not tokenizer.chat_template or dialogue.is_base(model, config):
        text = dialogue.prompt(messages, preprompt=config.preprompt, speakers=config.speakers)
        return Prompt(text, cut_off, dialogue=True)
    if cut_off:
        *before, last = messages
        open_ended = [*before, {**last, "content": cut_off.rstrip()}]
        try:
            return Prompt(_templated(open_ended, tokenizer, continue_final_message=True), cut_off)
        except BadRequest:
            messages = [*messages, {"role": "user", "content": continuing.PROMPT}]
    text = _templated(messages, tokenizer, add_generation_prompt=True)
    end = text.rstrip()
    return Prompt(text, next((tag for tag in TAGS if end.endswith(tag)), ""))


def _templated(messages: Sequence[Message], tokenizer: Any, **how: bool) -> str:
    refusals = []
    for sent in (list(messages), gemma.without_system(messages)):
        plain = [{"role": message["role"], "content": message["content"]} for message in sent]
        try:
            return str(tokenizer.apply_chat_template(plain, tokenize=False, **how))
        except Exception as error:  # noqa: BLE001  a template is a program of its own
            refusals.append(f"{type(error).__name__}: {error}")
    raise BadRequest(f"the chat template: {refusals[-1]}")
