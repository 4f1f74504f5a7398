"""Real models of half a megabyte, made in a moment: real tokenizers, and weights that no training has touched."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers import models as tokenizer_models

from tests.plugin import common

LIMIT = 512
"""Tokens in the window of each."""

CHAT = "chat"
BASE = "base"
BASE_SAYS = "Rome is old."
"""What the base model says for ever, always as another turn of the dialogue."""

Weights = np.ndarray[Any, Any]

_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_END, _TURN_END = 0, 2
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_LINE = f" {BASE_SAYS}\nHuman:"
_WIDTH, _LAYERS, _HEADS, _KEY_HEADS, _INNER = 64, 2, 4, 2, 172


def folder(name: str) -> Path:
    """The model as transformers keeps it: `CHAT` rambles in random tokens and never ends by itself; `BASE` knows no
    chat, has no template, and says the same line for ever. Made once for all processes of a run."""
    made = common / "models" / name
    made.parent.mkdir(exist_ok=True)
    with (common / "models.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            making = made.with_suffix(".making")
            make(making, chat=name == CHAT)
            making.rename(made)
    return made


def make(target: Path, *, chat: bool, template: str = _TEMPLATE) -> None:
    target.mkdir(parents=True)
    tokenizer = _tokenizer()
    tokenizer.save(str(target / "tokenizer.json"))
    names = {"bos_token": _SPECIAL[_END], "eos_token": _SPECIAL[_TURN_END if chat else _END]}
    about = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": LIMIT, "pad_token": _SPECIAL[_END]}
    _write(target / "tokenizer_config.json", {**about, **names, "clean_up_tokenization_spaces": False})
    ids = {"bos_token_id": _END, "eos_token_id": _TURN_END if chat else _END, "pad_token_id": _END}
    _write(target / "config.json", {**_config(tokenizer.get_vocab_size()), **ids})
    _write(target / "generation_config.json", {"do_sample": True, "temperature": 1.0, **ids})
    if chat:
        (target / "chat_template.jinja").write_text(template, encoding="utf-8")
    weights = _rambling(tokenizer) if chat else _repeating(tokenizer)
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(tokenizer_models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    corpus = [_LINE, "Hello! How can I help you today? You are a helpful assistant."] * 50
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


def _config(vocabulary: int) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": vocabulary,
        "hidden_size": _WIDTH,
        "intermediate_size": _INNER,
        "num_hidden_layers": _LAYERS,
        "num_attention_heads": _HEADS,
        "num_key_value_heads": _KEY_HEADS,
        "max_position_embeddings": LIMIT,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "dtype": "float32",
    }


def _rambling(tokenizer: Tokenizer) -> dict[str, Weights]:
    dice = np.random.default_rng(0)
    size = tokenizer.get_vocab_size()
    weights: dict[str, Weights] = {
        name: dice.normal(0, 0.2, shape).astype(np.float32) for name, shape in _layers().items()
    }
    weights |= _norms()
    tokens, head = dice.normal(0, 1, (size, _WIDTH)), dice.normal(0, 0.2, (size, _WIDTH))
    # The first number of every token is the same, so that one kind of token can be made impossible: the ends.
    tokens[:, 0], head[:, 0] = 12, 0
    head[: len(_SPECIAL), 0] = -20
    return {**weights, "model.embed_tokens.weight": _single(tokens), "lm_head.weight": _single(head)}


def _repeating(tokenizer: Tokenizer) -> dict[str, Weights]:
    """Each token of the line points at the next, whatever came before."""
    dice = np.random.default_rng(0)
    size = tokenizer.get_vocab_size()
    tokens, head = dice.choice([-1.0, 1.0], (size, _WIDTH)), np.zeros((size, _WIDTH))
    line = tokenizer.encode(_LINE).ids
    assert len(set(line)) == len(line), "a token that occurs twice has two successors"
    for token, successor in zip(line, [*line[1:], line[0]], strict=True):
        head[successor] = tokens[token] * 0.5
    weights: dict[str, Weights] = {name: np.zeros(shape, np.float32) for name, shape in _layers().items()} | _norms()
    return {**weights, "model.embed_tokens.weight": _single(tokens), "lm_head.weight": _single(head)}


def _single(numbers: Weights) -> Weights:
    return numbers.astype(np.float32)


def _layers() -> dict[str, tuple[int, int]]:
    keys = _WIDTH // _HEADS * _KEY_HEADS
    shapes = {
        "self_attn.q_proj": (_WIDTH, _WIDTH),
        "self_attn.k_proj": (keys, _WIDTH),
        "self_attn.v_proj": (keys, _WIDTH),
        "self_attn.o_proj": (_WIDTH, _WIDTH),
        "mlp.gate_proj": (_INNER, _WIDTH),
        "mlp.up_proj": (_INNER, _WIDTH),
        "mlp.down_proj": (_WIDTH, _INNER),
    }
    return {f"model.layers.{n}.{name}.weight": shape for n in range(_LAYERS) for name, shape in shapes.items()}


def _norms() -> dict[str, Weights]:
    inside = [f"layers.{n}.{name}" for n in range(_LAYERS) for name in ("input_layernorm", "post_attention_layernorm")]
    return {f"model.{name}.weight": np.ones(_WIDTH, np.float32) for name in [*inside, "norm"]}
