"""A model in memory: on which device, in which numbers."""

from __future__ import annotations

import importlib.util
import json
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from llm import errors
from llm.backends.local.vocabulary import Vocabulary

INSTALL = "pip install -r requirements-local.txt"
SMALL = 20_000_000
"""Parameters below which several threads wait for each other longer than they compute."""

_END_TOKENS = ("<|im_end|>", "<end_of_turn>", "<|eot_id|>", "<|end|>")


@dataclass(frozen=True, slots=True)
class Spec:
    """What makes one loaded model another than the next; empty means what suits the machine."""

    model: str
    device: str = ""
    dtype: str = ""
    quantization: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    model: Any
    vocabulary: Vocabulary
    limit: int | None
    """Tokens of prompt and reply together."""
    ends: frozenset[int]
    """The tokens that end a reply."""


def load(folder: Path, spec: Spec) -> Loaded:
    """Never touches the network. What it raises, `failure_of` knows."""
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    place = torch.device(_device(spec))
    # Left to itself it would ask the terminal whether code that comes with the model may run.
    rules = {"local_files_only": True, "trust_remote_code": False}
    config = transformers.AutoConfig.from_pretrained(folder, **rules)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **rules)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=_dtype(spec, place.type, config), **_compressed(spec, place), **rules
    )
    if place.type == "cpu" and model.num_parameters() < SMALL:
        torch.set_num_threads(1)
    if spec.quantization == "int8":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)
    elif not spec.quantization:
        model = model.to(place)
    model.eval()
    return Loaded(model, Vocabulary(tokenizer), _limit(model, tokenizer), _ends(model, tokenizer))


def failure_of(error: BaseException) -> errors.LLMError:
    """What went wrong with the model, in our words."""
    if isinstance(error, errors.LLMError):
        return error
    if isinstance(error, ImportError):
        return errors.Unavailable(f"{error.name or error} is missing: {INSTALL}")
    detail = f"{type(error).__name__}: {error}"[:500]
    full = isinstance(error, MemoryError) or "out of memory" in detail.lower() or "can't allocate memory" in detail
    return errors.Unavailable(detail) if full else errors.Upstream(detail)


def give_memory_back() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


@lru_cache
def stated_limit(folder: Path) -> int | None:
    """The context length in the folder's config.json."""
    try:
        stated = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        limit = (stated.get("text_config") or stated).get("max_position_embeddings")
    except (OSError, ValueError, AttributeError):
        return None
    return limit if isinstance(limit, int) else None


def _device(spec: Spec) -> str:
    import torch

    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not spec.device:
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there.get(spec.device.partition(":")[0], True):
        raise errors.Unavailable(f"LLM_DEVICE is {spec.device}, but this machine has none that torch can use")
    return spec.device


def _dtype(spec: Spec, device: str, config: Any) -> Any:
    """That of the checkpoint, except where a processor would compute in half precision many times slower."""
    import torch

    if spec.quantization == "int8":
        return torch.float32
    if spec.dtype not in ("", "auto"):
        return getattr(torch, spec.dtype)
    half = str(getattr(config, "dtype", "")).removeprefix("torch.") in ("float16", "bfloat16")
    if device != "cpu" or spec.dtype or not half:
        return "auto"
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") or able.get("bf16") else torch.float32


def _compressed(spec: Spec, device: Any) -> dict[str, Any]:
    import torch
    import transformers

    if not spec.quantization:
        return {}
    if spec.quantization == "int8":
        if device.type != "cpu" or not hasattr(torch.ao, "quantization"):
            raise errors.Unavailable("LLM_QUANTIZATION=int8 is for the CPU; take 8bit or 4bit on a graphics card")
        return {}
    missing = [name for name in ("bitsandbytes", "accelerate") if importlib.util.find_spec(name) is None]
    if missing:
        raise errors.Unavailable(f"LLM_QUANTIZATION={spec.quantization} needs more: pip install {' '.join(missing)}")
    bits = {"load_in_4bit": True} if spec.quantization == "4bit" else {"load_in_8bit": True}
    return {"quantization_config": transformers.BitsAndBytesConfig(**bits), "device_map": {"": device}}


def _limit(model: Any, tokenizer: Any) -> int | None:
    stated = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    # A tokenizer that knows no limit says a number with thirty digits.
    limits = [limit for limit in (stated, tokenizer.model_max_length) if isinstance(limit, int) and 0 < limit < 10**9]
    return min(limits, default=None)


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Checkpoints often name one end token in the one file and another in the next; a turn ends with either."""
    stated = model.generation_config.eos_token_id
    ends = {*(stated if isinstance(stated, list | tuple) else [stated]), tokenizer.eos_token_id}
    template = str(tokenizer.chat_template or "")
    known = tokenizer.get_vocab()
    ends |= {known[token] for token in _END_TOKENS if token in template and token in known}
    return frozenset(end for end in ends if isinstance(end, int))
