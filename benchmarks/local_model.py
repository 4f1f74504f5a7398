"""What the local backend costs: its replies against plain `model.generate` of the same model, prompt and tokens.

`python -m benchmarks.local_model` measures a random model of realistic shape, made for the occasion;
`--parameters 1B --device cuda` another size elsewhere, `--model FOLDER` a real one. Both take turns in one process
and speak greedily; the ratios are what to read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from benchmarks.table import begins, told
from llm import Config, Sampling, get_reply
from llm.backends.local.loading import Loaded, Spec
from llm.backends.local.prompt import written
from llm.backends.local.worker import Worker

TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"


@dataclass(frozen=True)
class Shape:
    width: int
    inner: int
    layers: int
    heads: int
    key_heads: int
    vocabulary: int


SHAPES = {
    "125M": Shape(768, 2048, 16, 12, 4, 32_000),
    "350M": Shape(1024, 2816, 24, 16, 4, 32_000),
    "1B": Shape(2048, 8192, 16, 32, 8, 128_256),
    "3B": Shape(3072, 8192, 28, 24, 8, 128_256),
    "8B": Shape(4096, 14_336, 32, 32, 8, 128_256),
}
"""Those of Llama 3 from one billion up."""


def make(folder: Path, shape: Shape, *, device: str) -> None:
    """Random weights; nothing ends its replies."""
    import torch  # noqa: PLC0415
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM  # noqa: PLC0415

    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        max_position_embeddings=8192,
        tie_word_embeddings=True,
        eos_token_id=None,
    )
    torch.manual_seed(0)
    with torch.device(device):
        model = LlamaForCausalLM(config).to(torch.float32 if device == "cpu" else torch.bfloat16)
    model.generation_config = GenerationConfig(pad_token_id=0)
    model.save_pretrained(folder)
    tokenizer(shape.vocabulary).save(str(folder / "tokenizer.json"))
    about = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": TEMPLATE}
    (folder / "tokenizer_config.json").write_text(json.dumps(about), encoding="utf-8")


def tokenizer(size: int) -> Tokenizer:
    """As many words as the model has tokens, so that what it says costs what text costs."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = (f"Ġ{'aeiou'[n % 5]}{n:x}" for n in range(size))
    vocabulary = {token: n for n, (token, _) in enumerate(zip([*letters, *words], range(size), strict=False))}
    made = Tokenizer(models.BPE(vocabulary, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return made


@dataclass(frozen=True)
class Times:
    """In seconds."""

    first: float
    whole: float


def plainly(loaded: Loaded, asked: Any, tokens: int) -> float:
    import torch  # noqa: PLC0415

    began = time.perf_counter()
    with torch.inference_mode():
        said = loaded.model.generate(
            input_ids=asked,
            attention_mask=torch.ones_like(asked),
            max_new_tokens=tokens,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            eos_token_id=sorted(loaded.ends) or None,
            pad_token_id=0,
        )
    assert said.shape[1] - asked.shape[1] == tokens, "the model ended its reply: ask for fewer tokens"
    return time.perf_counter() - began


async def plain(loaded: Loaded, asked: Any, tokens: int) -> Times:
    first = await asyncio.to_thread(plainly, loaded, asked, 1)
    return Times(first, await asyncio.to_thread(plainly, loaded, asked, tokens))


async def local(config: Config, messages: list[dict[str, str]], tokens: int) -> Times:
    began, first = time.perf_counter(), 0.0
    reply = get_reply(messages, config=config, sampling=Sampling(max_tokens=tokens, temperature=0))
    async with aclosing(reply) as chunks:
        async for chunk in chunks:
            if not first and (chunk.text or chunk.reasoning):
                first = time.perf_counter() - began
            if chunk.usage:
                assert chunk.usage.completion_tokens == tokens, "the model ended its reply: ask for fewer tokens"
    return Times(first, time.perf_counter() - began)


async def measure(config: Config, prompt: int, tokens: int, rounds: int) -> None:
    messages = [{"role": "user", "content": "word " * prompt}]
    print("Loading ...", flush=True)
    await local(config, messages, 2)
    worker = Worker.known(Spec(config.models[0], config.device, config.dtype, config.quantization))
    assert worker
    assert worker.loaded
    ids = encoded(worker.loaded, messages, config)
    plains, locals_ = [], []
    for turn in range(rounds):
        for mine in (False, True) if turn % 2 else (True, False):
            if mine:
                locals_.append(await local(config, messages, tokens))
            else:
                plains.append(await plain(worker.loaded, ids, tokens))
    report(worker.loaded, ids.shape[1], tokens, plains, locals_)


def encoded(loaded: Loaded, messages: list[dict[str, str]], config: Config) -> Any:
    import torch  # noqa: PLC0415

    prompt = written(messages, loaded.vocabulary.tokenizer, config.models[0], config)
    ids = loaded.vocabulary.encode(prompt.text, special=prompt.dialogue)
    return torch.tensor([ids], device=loaded.model.device)


def report(loaded: Loaded, prompt: int, tokens: int, plains: list[Times], locals_: list[Times]) -> None:
    model = loaded.model
    kind = f"{model.num_parameters() / 1e6:.0f}M parameters, {model.dtype}, {model.device}"
    begins(f"A model in the site's process: {kind}; {prompt} tokens asked, {tokens} answered, {len(plains)} turns")
    # Of the ratios of each turn: a machine others use too is now fast, now slow.
    pairs = list(zip(plains, locals_, strict=True))
    for name, said in (("first", "first token"), ("whole", "whole reply")):
        other, mine = (statistics.median(getattr(one, name) for one in times) for times in (plains, locals_))
        more = statistics.median(getattr(ours, name) / getattr(theirs, name) for theirs, ours in pairs) - 1
        told(f"{said}: plain generate / here", f"{other * 1000:.0f} / {mine * 1000:.0f} ms")
        told("  more, in a turn", f"{more:.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description="The local backend against plain model.generate.")
    parser.add_argument("--model", help="a folder, or an id of the hub, instead of a random model")
    parser.add_argument("--parameters", choices=SHAPES, default="125M", help="the size of a random model")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="")
    parser.add_argument("--quantization", default="")
    parser.add_argument("--prompt", type=int, default=64, help="words in the question")
    parser.add_argument("--tokens", type=int, default=64, help="tokens in the reply")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not options.model:
            make(Path(folder), SHAPES[options.parameters], device=options.device)
        config = Config(
            backend="transformers",
            models=(options.model or folder,),
            system_prompt="",
            device=options.device,
            dtype=options.dtype,
            quantization=options.quantization,
        )
        asyncio.run(measure(config, options.prompt, options.tokens, options.rounds))


if __name__ == "__main__":
    main()
