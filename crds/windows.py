"""How many tokens of context a model holds: what its maker publishes, what a GPU's memory allows, what is left of it.

Pure. The bot asks before anything runs; the runner caps its packing; `vteam context --model --gpu` shows it. Memory is
an estimate for choosing a GPU and a budget: a server's own answer (`max_model_len`) replaces it once it is up.
"""

import math

from crds.gpu_cards import several
from crds.model_names import find, of_ollama
from crds.open_models import OpenModel
from crds.schema import Message
from crds.weights import BITS, Weights, of_llama_cpp, whole

GIB = 2**30
MIB = 2**20
UTILISATION = 0.9
"""Share of a GPU's memory that a server takes: vLLM's `gpu_memory_utilization` is 0.9 unless told otherwise."""
SPARED_BYTES = GIB
"""Of one GPU, what llama.cpp leaves free: its `--fit-target` is 1024 MiB unless told otherwise. Ollama, which runs it,
takes no share either."""
FIXED_BYTES = 2.3 * GIB
"""CUDA context, buffers and graphs of one GPU."""

# Tokens by prefix of the model's name, the longest match wins; Anthropic's overview of its models, November 2026.
_MILLION = ("claude-fable-5", "claude-opus-5", "claude-sonnet-5", "claude-haiku-5-5", "claude-opus-4-6",
            "claude-opus-4-7", "claude-opus-4-8", "claude-sonnet-4-6")  # fmt: skip
PUBLISHED: dict[str, int] = {"claude-": 200_000} | dict.fromkeys(_MILLION, 1_000_000)


class WindowEstimate(Message):
    """The arithmetic of a model on GPUs, line by line. Bytes and tokens."""

    model: str
    """Its name on its page."""
    weights: Weights
    gpus: int
    gpu_bytes: int
    """Memory of one GPU, as it reports it at least."""
    usable_bytes: int
    """Of all GPUs, what the server takes."""
    weights_bytes: int
    overhead_bytes: int
    """Context, buffers, activations."""
    bytes_per_token: int
    """Of the cache, over all GPUs."""
    by_memory: int
    """Tokens that the rest of the memory holds; 0 where the weights alone do not fit."""
    native: int
    """Tokens that the model was made for."""

    @property
    def window(self) -> int:
        """Tokens that it can be given."""
        return min(self.by_memory, self.native)

    @property
    def lacking_bytes(self) -> int:
        """Memory that is missing before a single token fits; 0 where one does."""
        return max(0, self.weights_bytes + self.overhead_bytes + self.bytes_per_token - self.usable_bytes)


def published_window(model: str) -> int | None:
    """Tokens of a model whose maker publishes them, by its name; None for all others."""
    known = [prefix for prefix in PUBLISHED if model.startswith(prefix)]
    return PUBLISHED[max(known, key=len)] if known else None


def bytes_per_token(model: OpenModel, *, cache_bytes: int = 2) -> int:
    """Bytes of the cache for one token: 2 · layers · kv_heads · head_dim · width (keys and values).

    MLA keeps one latent instead: layers · (kv_lora_rank + qk_rope_head_dim) · width. Layers count whose cache grows.
    """
    if model.kv_lora_rank:
        return model.grows * (model.kv_lora_rank + model.qk_rope_head_dim) * cache_bytes
    return 2 * model.grows * model.kv_heads * model.head_dim * cache_bytes


def weights_bytes(model: OpenModel, weights: Weights) -> int:
    """Bytes of the weights: parameters · bits / 8, where embedding and output matrix stay at 16 bits in most kinds."""
    if weights == model.native and model.weights_gib is not None:
        return round(model.weights_gib * GIB)
    parameters = model.billions * 1e9
    if whole(weights):
        return round(parameters * BITS[weights] / 8)
    kept = model.vocabulary * model.hidden * (1 if model.tied else 2)
    return round((parameters - kept) * BITS[weights] / 8 + kept * 2)


def estimate(model: str, gpu: str, *, cache_bytes: int = 2) -> WindowEstimate:
    """The window of a model by its name on GPUs such as `80GB`, `79Gi`, `2xH100`, `4xL4`. Raises ValueError, in words.

    tokens = (VRAM · utilisation − 1.02·W − (2.3 GiB a GPU + 0.05 · 1.02·W)) / bytes per token; Ollama and llama.cpp
    leave 1 GiB a GPU free in the place of a share. Several GPUs share weights and heads; where there are more GPUs than
    heads, or one latent (MLA), each keeps a copy of the cache.
    """
    found = find(model)
    if found is None:
        raise ValueError(f"{model!r} is no model whose memory is known here")
    count, mib = several(gpu)
    known, weights = found
    copies = count if known.kv_lora_rank else max(1, math.ceil(count / known.kv_heads))
    loaded = 1.02 * weights_bytes(known, weights)
    share = mib * MIB - SPARED_BYTES if of_ollama(model) or of_llama_cpp(weights) else mib * MIB * UTILISATION
    usable = count * share
    overhead = count * FIXED_BYTES + 0.05 * loaded
    token = bytes_per_token(known, cache_bytes=cache_bytes) * copies
    return WindowEstimate(
        model=known.page,
        weights=weights,
        gpus=count,
        gpu_bytes=mib * MIB,
        usable_bytes=int(usable),
        weights_bytes=math.ceil(loaded),
        overhead_bytes=math.ceil(overhead),
        bytes_per_token=token,
        by_memory=max(0, int((usable - loaded - overhead) // token)),
        native=known.context,
    )


MOST_OUTPUT = 16_000
"""Tokens of one answer, as the runner asks for them at most."""
LEAST_PROMPT = 500
PROMPT_SHARE = 0.5
"""Of what a window has beside the fixed parts, the share that the first prompt may use; the work needs the rest."""
COMPACTS = 13_000
"""The agent's program summarises the conversation so many tokens before an answer would find no room (seen with
claude-agent-sdk 0.2.187)."""
REFUSES = 3_000
"""Where it does not, it sends no request that leaves less than this beside the answer (seen, too)."""
LEAST_COMPACTED = 60_000
"""Tokens of a window in which that leaves room for the work. In a smaller one it would begin with the first prompt, and
end the run after the third time in a row (seen); there only the runner makes room."""
UNKNOWN_WINDOW = 200_000
"""Tokens of context for a model whose window nobody knows."""
CONVERSATION_PROMPTS = 3
"""An earlier conversation takes at most so many budgets of the prompt: it is sent with every turn."""
CONVERSATION_OF_WINDOW = 3
"""And at most this part of the window, as far as the program fills it."""


def conversation_share(window: int | None, context_tokens: int) -> int:
    """Tokens that an earlier conversation may take beside a prompt with this budget."""
    known = UNKNOWN_WINDOW if window is None else window
    return min(most_sent(known) // CONVERSATION_OF_WINDOW, CONVERSATION_PROMPTS * context_tokens)


def answer_room(window: int | None) -> int:
    """Tokens that one answer may have: a quarter of a small window."""
    return MOST_OUTPUT if window is None else min(MOST_OUTPUT, window // 4)


def compacts_itself(window: int) -> bool:
    """Whether the program may summarise the conversation itself: not where its first prompt alone would make it."""
    return window >= LEAST_COMPACTED


def most_sent(window: int) -> int:
    """Tokens of the longest request that the program sends as it is."""
    return window - answer_room(window) - (COMPACTS if compacts_itself(window) else REFUSES)


def prompt_budget(context_tokens: int, *, window: int | None, overhead: int, tokens_per_count: float) -> int:
    """Tokens, by the bundled tokenizer, that a prompt may hold: the budget, and a share of the window if it is known.

    `context_tokens` and `window` are the model's own tokens, `overhead` (tools and system prompt) counted ones.
    """
    room = float(context_tokens)
    if window is not None:
        room = min(room, PROMPT_SHARE * (most_sent(window) - overhead * tokens_per_count))
    return max(min(LEAST_PROMPT, context_tokens), int(room / tokens_per_count))
