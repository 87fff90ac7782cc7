"""Well-known open coding models, as far as their memory is concerned. Data; `windows.py` does the arithmetic.

Each row stands for the `config.json` on the page that it names (`page`) and for the size on its model card, as read
in November 2026, partly from public copies of them: check a row against its page before you buy a GPU by it. A model
whose facts could not be found is left out.
"""

import re
from typing import Literal

from crds.schema import Message

Weights = Literal["bf16", "fp8", "int4", "mxfp4"]
BITS: dict[Weights, float] = {"bf16": 16.0, "fp8": 8.0, "int4": 4.16, "mxfp4": 4.25}
"""Bits of one parameter of a matrix; int4 has a scale and a zero point for each 128, mxfp4 a scale for each 32."""


class OpenModel(Message):
    page: str
    """Its name on its page: `owner/name`."""
    billions: float
    """Parameters, in 10⁹, of all experts."""
    layers: int
    grows: int
    """Layers whose cache grows with the context; those with a sliding window do not count."""
    kv_heads: int = 0
    head_dim: int = 0
    kv_lora_rank: int = 0
    """Above nought: the cache holds the compressed latent (MLA), not keys and values."""
    qk_rope_head_dim: int = 0
    hidden: int
    vocabulary: int
    tied: bool = False
    """Whether the embedding is the output matrix as well."""
    context: int
    """Tokens that it was made for, without stretching."""
    native: Weights = "bf16"
    """How its own page has the weights."""
    weights_gib: float | None = None
    """Size of the published weights, where parameters times bits do not say it."""
    images: bool = False
    """Whether it takes images through `/v1/messages`. None of these is known to: most read text only, and servers lost
    the images of those calls in early 2026 (vllm-project/vllm-ascend issue 6938, vllm-project/vllm pull request 33614).
    """


def _dense(page: str, billions: float, layers: int, heads: tuple[int, int], sizes: tuple[int, int, int]) -> OpenModel:
    """`heads`: key-value heads and their width; `sizes`: hidden size, vocabulary, context."""
    return OpenModel(
        page=page, billions=billions, layers=layers, grows=layers, kv_heads=heads[0], head_dim=heads[1],
        hidden=sizes[0], vocabulary=sizes[1], context=sizes[2],
    )  # fmt: skip


OPEN_MODELS: tuple[OpenModel, ...] = (
    _dense("Qwen/Qwen2.5-Coder-7B-Instruct", 7.61, 28, (4, 128), (3584, 152064, 32768)),
    _dense("Qwen/Qwen2.5-Coder-14B-Instruct", 14.7, 48, (8, 128), (5120, 152064, 32768)),
    _dense("Qwen/Qwen2.5-Coder-32B-Instruct", 32.5, 64, (8, 128), (5120, 152064, 32768)),
    _dense("Qwen/Qwen3-Coder-30B-A3B-Instruct", 30.5, 48, (4, 128), (2048, 151936, 262144)),
    _dense("Qwen/Qwen3-Coder-480B-A35B-Instruct", 480.0, 62, (8, 128), (6144, 151936, 262144)),
    _dense("mistralai/Devstral-Small-2505", 23.6, 40, (8, 128), (5120, 131072, 131072)),
    _dense("mistralai/Mistral-Small-3.2-24B-Instruct-2506", 23.6, 40, (8, 128), (5120, 131072, 131072)),
    _dense("mistralai/Codestral-22B-v0.1", 22.2, 56, (8, 128), (6144, 32768, 32768)),
    _dense("meta-llama/Llama-3.1-8B-Instruct", 8.03, 32, (8, 128), (4096, 128256, 131072)),
    _dense("meta-llama/Llama-3.3-70B-Instruct", 70.6, 80, (8, 128), (8192, 128256, 131072)),
    _dense("zai-org/GLM-4.5-Air", 106.0, 46, (8, 128), (4096, 151552, 131072)),
    OpenModel(
        page="deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct", billions=15.7, layers=27, grows=27, kv_lora_rank=512,
        qk_rope_head_dim=64, hidden=2048, vocabulary=102400, context=163840,
    ),
    OpenModel(
        page="deepseek-ai/DeepSeek-V3", billions=671.0, layers=61, grows=61, kv_lora_rank=512, qk_rope_head_dim=64,
        hidden=7168, vocabulary=129280, context=163840, native="fp8",
    ),
    # Every second layer slides over 128 tokens. Sizes of the published weights: OpenAI's model card.
    OpenModel(
        page="openai/gpt-oss-20b", billions=20.9, layers=24, grows=12, kv_heads=8, head_dim=64, hidden=2880,
        vocabulary=201088, context=131072, native="mxfp4", weights_gib=12.8,
    ),
    OpenModel(
        page="openai/gpt-oss-120b", billions=116.8, layers=36, grows=18, kv_heads=8, head_dim=64, hidden=2880,
        vocabulary=201088, context=131072, native="mxfp4", weights_gib=60.8,
    ),
    OpenModel(
        page="ibm-granite/granite-8b-code-instruct-128k", billions=8.05, layers=36, grows=36, kv_heads=8, head_dim=128,
        hidden=4096, vocabulary=49152, tied=True, context=128000,
    ),
    OpenModel(
        page="ibm-granite/granite-20b-code-instruct-8k", billions=20.1, layers=52, grows=52, kv_heads=1, head_dim=128,
        hidden=6144, vocabulary=49152, tied=True, context=8192,
    ),
)  # fmt: skip

_QUANTISED: tuple[tuple[str, Weights], ...] = (
    (r"[-_.](awq|gptq(-int4)?|int4|w4a16|4bit|bnb-4bit|q4_[0-9k_ms]+)$", "int4"),
    (r"[-_.](fp8(-dynamic)?|w8a8|int8|8bit|gptq-int8|q8_0)$", "fp8"),
    (r"[-_.](bf16|fp16|f16)$", "bf16"),
)
_LESS = re.compile(r"[-_.](instruct|it|chat|hf|v0\.1|2501|2503|2505|2506|2507|8k|128k|latest)(?=$|[-_.])")


def find(name: str) -> tuple[OpenModel, Weights] | None:
    """The model that a name means, and how its weights are stored; None where it is none of these.

    Names are read as servers give them: `Qwen/Qwen2.5-Coder-32B-Instruct-AWQ`, `qwen2.5-coder:32b`, `gpt-oss:20b`.
    """
    short, weights = _plain(name)
    for model in OPEN_MODELS:
        wanted = _plain(model.page)[0]
        if short == wanted or (len(short) > 6 and wanted.startswith(f"{short}-a")):
            return model, weights or model.native
    return None


def _plain(name: str) -> tuple[str, Weights | None]:
    text = name.rpartition("/")[2].lower().replace(":", "-")
    weights: Weights | None = None
    for pattern, kind in _QUANTISED:
        if re.search(pattern, text):
            text, weights = re.sub(pattern, "", text), kind
            break
    while (less := _LESS.sub("", text)) != text:
        text = less
    return text, weights
