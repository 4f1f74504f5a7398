"""Who answers: what the environment says of models and their servers."""

from __future__ import annotations

import importlib.util
from typing import Any

from chatsite.environment import Environment, refuse
from llm import ROUTER, Config
from llm.config import PREPROMPT

BACKENDS = ("huggingface", "transformers", "guide")


def config(env: Environment) -> Config:
    token, base_url = env.key("HF_TOKEN") or None, env.http_url("LLM_BASE_URL") or None
    servers = env.servers("LLM_ENDPOINTS", "LLM_KEY_")
    has_server = bool(token or base_url or servers)
    backend: Any = env.choice("LLM_BACKEND", "huggingface" if has_server else "guide", BACKENDS)
    models = env.words("LLM_MODELS", "google/gemma-2-9b-it *" if token and not base_url else "*")
    if backend == "huggingface" and not has_server:
        refuse("LLM_BACKEND", "huggingface needs HF_TOKEN, LLM_BASE_URL or LLM_ENDPOINTS")
    if backend == "transformers":
        _require_a_model(models[0])
    human, bot = _speakers(env.words("LLM_SPEAKERS", "Human,Bot"))
    return Config(
        backend=backend,
        hf_token=token,
        download_token=token,
        router=env.http_url("HF_ROUTER_URL") or ROUTER,
        base_url=base_url,
        api_key=env.key("LLM_API_KEY") or None,
        servers=servers,
        models=tuple(models),
        base_models=tuple(env.words("LLM_BASE_MODELS")),
        preprompt=env.text("LLM_PREPROMPT") or PREPROMPT.replace("Human", human).replace("Bot", bot),
        speakers=(human, bot),
        device=env.matching("LLM_DEVICE", r"cpu|mps|cuda(:\d+)?", "cpu, cuda, cuda:1 or mps"),
        dtype=env.choice("LLM_DTYPE", "", ("", "auto", "float32", "float16", "bfloat16")),
        quantization=env.choice("LLM_QUANTIZATION", "", ("", "4bit", "8bit", "int8")),
        context_length=env.whole("LLM_CONTEXT_LENGTH", 8192, least=512),
        at_once=env.whole("LLM_AT_ONCE", 0, least=0) or None,
        titles=env.flag("LLM_TITLES", default=True),
        title_model=env.text("LLM_TITLE_MODEL") or None,
        system_prompt=env.text(
            "LLM_SYSTEM_PROMPT",
            "You are a polite, concise and truthful assistant. Say so when you do not know."
            " Format answers in Markdown.",
        ),
        connect_timeout=env.seconds("LLM_CONNECT_TIMEOUT", 5.0) or 5.0,
        first_timeout=env.seconds("LLM_FIRST_TIMEOUT", 120.0) or 120.0,
        idle_timeout=env.seconds("LLM_IDLE_TIMEOUT", 60.0) or 60.0,
        total_timeout=env.seconds("LLM_TOTAL_TIMEOUT", None),
    )


def _require_a_model(first: str) -> None:
    if first == "*":
        refuse("LLM_BACKEND", "transformers needs a model's folder, or its id on Hugging Face, in LLM_MODELS")
    if missing := [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]:
        how = "pip install -r requirements-local.txt, or start with make run-local"
        refuse("LLM_BACKEND", f"transformers needs {' and '.join(missing)}: {how}")


def _speakers(names: list[str]) -> list[str]:
    if len(names) != 2 or len(set(names)) != 2 or any(":" in name for name in names):
        refuse("LLM_SPEAKERS", "must be two names like Human,Bot: first who asks, then who answers")
    return names
