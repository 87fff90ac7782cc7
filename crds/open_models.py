"""Well-known open coding models, as far as their memory is concerned. Data; `windows.py` does the arithmetic.

Each row stands for the `config.json` on the page that it names (`page`) and for the size on its model card, as read
in November 2026, partly from public copies of them: check a row against its page before you buy a GPU by it. A model
whose facts could not be found is left out: Devstral-2-123B (no copy of its config.json), StarCoder2 (all its layers
slide, and it uses no tools). By which names a model goes is for `model_names.py`.
"""

from crds.schema import Message
from crds.weights import Weights


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


def _latent(page: str, billions: float, sizes: tuple[int, int, int]) -> OpenModel:
    """DeepSeek-V3 and what is built like it, published in fp8; `sizes` as above."""
    return OpenModel(
        page=page, billions=billions, layers=61, grows=61, kv_lora_rank=512, qk_rope_head_dim=64,
        hidden=sizes[0], vocabulary=sizes[1], context=sizes[2], native="fp8",
    )  # fmt: skip


OPEN_MODELS: tuple[OpenModel, ...] = (
    _dense("Qwen/Qwen2.5-Coder-7B-Instruct", 7.61, 28, (4, 128), (3584, 152064, 32768)),
    _dense("Qwen/Qwen2.5-Coder-14B-Instruct", 14.7, 48, (8, 128), (5120, 152064, 32768)),
    _dense("Qwen/Qwen2.5-Coder-32B-Instruct", 32.5, 64, (8, 128), (5120, 152064, 32768)),
    _dense("Qwen/Qwen3-Coder-30B-A3B-Instruct", 30.5, 48, (4, 128), (2048, 151936, 262144)),
    _dense("Qwen/Qwen3-Coder-480B-A35B-Instruct", 480.0, 62, (8, 128), (6144, 151936, 262144)),
    # Card: 32.8 · 10⁹, 64 layers, 8 key-value heads; a copy of config.json with 40,960 positions.
    _dense("Qwen/Qwen3-32B", 32.8, 64, (8, 128), (5120, 151936, 40960)),
    # Card (docker/model-cards, ai/qwen3-coder-next-vllm.md) and config.json (QuantTrio/Qwen3-Coder-Next-E336): every
    # fourth layer has a cache that grows, the others keep a state of one size.
    OpenModel(
        page="Qwen/Qwen3-Coder-Next", billions=80.0, layers=48, grows=12, kv_heads=2, head_dim=256, hidden=2048,
        vocabulary=151936, context=262144,
    ),
    _dense("mistralai/Devstral-Small-2505", 23.6, 40, (8, 128), (5120, 131072, 131072)),
    # Its card (256k tokens, FP8) and levara/Devstral-Small-2-24B-TextOnly-FP8 (shape); heads as in the base of all.
    _dense("mistralai/Devstral-Small-2-24B-Instruct-2512", 24.0, 40, (8, 128), (5120, 131072, 262144)).model_copy(
        update={"native": "fp8"}
    ),
    _dense("mistralai/Mistral-Small-3.2-24B-Instruct-2506", 23.6, 40, (8, 128), (5120, 131072, 131072)),
    _dense("mistralai/Codestral-22B-v0.1", 22.2, 56, (8, 128), (6144, 32768, 32768)),
    _dense("meta-llama/Llama-3.1-8B-Instruct", 8.03, 32, (8, 128), (4096, 128256, 131072)),
    _dense("meta-llama/Llama-3.3-70B-Instruct", 70.6, 80, (8, 128), (8192, 128256, 131072)),
    _dense("zai-org/GLM-4.5-Air", 106.0, 46, (8, 128), (4096, 151552, 131072)),
    # Shape: scripts/models/glm4.5-355B-A32B.sh of slime, the same model class; tokens: xinference's list of models.
    _dense("zai-org/GLM-4.6", 355.0, 92, (8, 128), (5120, 151552, 202752)),
    # MiniMaxM2Config of transformers, whose defaults are this model's; published in blocks of FP8.
    _dense("MiniMaxAI/MiniMax-M2", 230.0, 62, (8, 128), (3072, 200064, 196608)).model_copy(update={"native": "fp8"}),
    OpenModel(
        page="deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct", billions=15.7, layers=27, grows=27, kv_lora_rank=512,
        qk_rope_head_dim=64, hidden=2048, vocabulary=102400, context=163840,
    ),
    _latent("deepseek-ai/DeepSeek-V3", 671.0, (7168, 129280, 163840)),
    # R1: copies of its config.json (OPEA/DeepSeek-R1-int4-gptq-sym-inc, mlx-community/DeepSeek-R1-0528-8bit). V3.1:
    # "the model structure of DeepSeek-V3.1 is the same as DeepSeek-V3" (its card).
    _latent("deepseek-ai/DeepSeek-R1", 671.0, (7168, 129280, 163840)),
    _latent("deepseek-ai/DeepSeek-V3.1", 671.0, (7168, 129280, 163840)),
    # ParagEkbote/hf-model-inspector (layers, hidden, vocabulary) and what SGLang reports of it (131,072 tokens;
    # pbelevich/awsome-ai-research, kimi-k2). Parameters by the shapes: 60 · 384 experts of 3 · 7168 · 2048, and others.
    _latent("moonshotai/Kimi-K2-Instruct", 1026.0, (7168, 163840, 131072)),
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
