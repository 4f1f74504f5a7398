from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, cast

import pytest

from llm import Config, errors, get_reply
from tests.model_server import ModelServer

ROOT = Path(__file__).parents[2]

BLOCK_DJANGO = """
import sys
class NoDjango:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("django", "chatsite", "conversations", "accounts"):
            raise ImportError(f"{name} is not there")
sys.meta_path.insert(0, NoDjango())
"""

GUIDE = """
import asyncio
import llm

async def main():
    question = {"role": "user", "content": "How do I connect a Hugging Face model?"}
    text = "".join([chunk.text async for chunk in llm.get_reply([question])])
    title = await llm.update_convo_summary([question, {"role": "assistant", "content": text}])
    print(len(text) > 20, title, title.by)

asyncio.run(main())
"""

SERVER = """
import asyncio, sys
import llm

async def main():
    llm.configure(llm.Config(backend="huggingface", base_url=sys.argv[1]))
    question = {"role": "user", "content": "Rome [[say: The Colosseum.]] [[title: Sights of Rome]]"}
    text = "".join([chunk.text async for chunk in llm.get_reply([question])])
    title = await llm.update_convo_summary([question, {"role": "assistant", "content": text}])
    print(text, title, title.by)

asyncio.run(main())
"""


def run(script: str, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "HF_", "LLM_"))}
    return subprocess.run(
        [sys.executable, "-c", BLOCK_DJANGO + textwrap.dedent(script), *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True,
    ).stdout.strip()  # fmt: skip


def test_ten_lines_without_django_or_settings_get_a_reply_and_a_title() -> None:
    assert run(GUIDE) == "True How do I connect a Hugging Face model? fallback"


def test_ten_lines_without_django_use_a_server_of_ones_own(server: ModelServer) -> None:
    assert run(SERVER, server.base_url) == "The Colosseum. Sights of Rome model"


def test_llm_imports_no_django_and_the_guide_no_client() -> None:
    assert run(
        GUIDE + "\nimport sys; print(*{'django', 'huggingface_hub', 'httpx2', 'torch'} & set(sys.modules))"
    ).endswith("fallback")


async def test_a_backend_that_is_not_built_in_says_so() -> None:
    with pytest.raises(errors.NoSuchBackend) as caught:
        await anext(get_reply([{"role": "user", "content": "Hi"}], config=Config(backend=cast(Any, "magic"))))
    assert "magic" in caught.value.detail
