"""Which model a name means, and how its weights are stored: names as vLLM, Ollama, llama.cpp and MLX give them. Pure.

Called by the arithmetic of windows and of images. A name that is not understood means no model: a wrong one would give
a prompt that does not fit.
"""

import re
from dataclasses import dataclass

from crds.open_models import OPEN_MODELS, OpenModel
from crds.weights import Weights, whole

LONGEST = 256
"""Characters of a name that is looked at."""

_LLAMA_CPP: dict[str, Weights] = {
    "q2_k": "q2_k", "q2_k_s": "q2_k", "q3_k": "q3_k_m", "q3_k_s": "q3_k_s", "q3_k_m": "q3_k_m", "q3_k_l": "q3_k_l",
    "iq3_xxs": "iq3_m", "iq3_xs": "iq3_m", "iq3_s": "iq3_m", "iq3_m": "iq3_m", "iq4_xs": "iq4_xs", "iq4_nl": "q4_k_s",
    "q4_0": "q4_0", "q4_1": "q4_1", "q4_k": "q4_k_m", "q4_k_s": "q4_k_s", "q4_k_m": "q4_k_m", "q5_0": "q5_0",
    "q5_1": "q5_1", "q5_k": "q5_k_m", "q5_k_s": "q5_k_s", "q5_k_m": "q5_k_m", "q6_k": "q6_k", "q8_0": "q8_0",
    # Mixes of those who quantise, a little above the kind that they are named after: the next larger one.
    "q2_k_l": "q3_k_s", "q2_k_xl": "q3_k_s", "q3_k_xl": "iq4_xs", "q4_k_l": "q5_k_s", "q4_k_xl": "q5_k_s",
    "q5_k_l": "q6_k", "q5_k_xl": "q6_k", "q6_k_l": "q8_0", "q6_k_xl": "q8_0",
}  # fmt: skip
_OTHERS: tuple[tuple[str, Weights], ...] = (
    (r"awq|gptq|gptq-int4|awq-int4|int4|w4a16|4bit|bnb-4bit|unsloth-bnb-4bit|autoround", "int4"),
    (r"fp8|fp8-dynamic|fp8-block|w8a8|int8|w8a16|8bit|gptq-int8|gptq-8bit", "fp8"),
    (r"nvfp4|fp4", "nvfp4"),
    (r"mxfp4", "mxfp4"),
    (r"bf16|fp16|f16", "bf16"),
)
_MLX: dict[str, Weights] = {"3": "mlx3", "4": "mlx4", "5": "mlx5", "6": "mlx6", "8": "mlx8"}
_GGUF_KIND = re.compile(rf"[-_.](?:ud-|i1-)?({'|'.join(sorted(_LLAMA_CPP, key=len, reverse=True))})$")
_OTHER_KINDS = tuple((re.compile(rf"[-_.](?:{names})$"), kind) for names, kind in _OTHERS)
_MLX_KIND = re.compile(r"[-_.](?:mlx[-_.])?([34568])[-_.]?bit$")

_PART = re.compile(r"-[0-9]{5}-of-[0-9]{5}$")
_GGUF = re.compile(r"[-_.](?:i1-)?gguf$")
_MLX_END = re.compile(r"[-_.]mlx$")
_OWNER = re.compile(
    r"^(?:(?:qwen|mistralai|openai|deepseek-ai|zai-org|moonshotai|minimaxai|ibm-granite|meta-llama)_|meta-(?=llama))"
)
_LESS = re.compile(
    r"[-_.](instruct|it|chat|hf|quantized|v0\.1|0324|0528|0711|0905|2501|2503|2505|2506|2507|2512|terminus|8k|128k|latest)"
    r"(?=$|[-_.])"
)
_SIZED = re.compile(r"-[0-9]+b(?=$|-)")
_ACTIVE = re.compile(r"-a[0-9]+b$")

_OLLAMA = {
    "codestral": "mistralai/Codestral-22B-v0.1",
    "codestral-22b": "mistralai/Codestral-22B-v0.1",
    "deepseek-coder-v2": "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct",
    "deepseek-coder-v2-16b": "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct",
    "deepseek-coder-v2-16b-lite": "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct",
    "deepseek-r1-671b": "deepseek-ai/DeepSeek-R1",
    "deepseek-v3": "deepseek-ai/DeepSeek-V3",
    "deepseek-v3-671b": "deepseek-ai/DeepSeek-V3",
    "deepseek-v3.1": "deepseek-ai/DeepSeek-V3.1",
    "deepseek-v3.1-671b": "deepseek-ai/DeepSeek-V3.1",
    "devstral": "mistralai/Devstral-Small-2505",
    "devstral-24b": "mistralai/Devstral-Small-2505",
    "devstral-24b-small": "mistralai/Devstral-Small-2505",
    "devstral-small-2": "mistralai/Devstral-Small-2-24B-Instruct-2512",
    "devstral-small-2-24b": "mistralai/Devstral-Small-2-24B-Instruct-2512",
    "gpt-oss": "openai/gpt-oss-20b",
    "gpt-oss-20b": "openai/gpt-oss-20b",
    "gpt-oss-120b": "openai/gpt-oss-120b",
    "granite-code-8b": "ibm-granite/granite-8b-code-instruct-128k",
    "granite-code-20b": "ibm-granite/granite-20b-code-instruct-8k",
    "llama3.1": "meta-llama/Llama-3.1-8B-Instruct",
    "llama3.1-8b": "meta-llama/Llama-3.1-8B-Instruct",
    "llama3.3": "meta-llama/Llama-3.3-70B-Instruct",
    "llama3.3-70b": "meta-llama/Llama-3.3-70B-Instruct",
    "mistral-small3.2": "mistralai/Mistral-Small-3.2-24B-Instruct-2506",
    "mistral-small3.2-24b": "mistralai/Mistral-Small-3.2-24B-Instruct-2506",
    "qwen2.5-coder": "Qwen/Qwen2.5-Coder-7B-Instruct",
    "qwen2.5-coder-7b": "Qwen/Qwen2.5-Coder-7B-Instruct",
    "qwen2.5-coder-14b": "Qwen/Qwen2.5-Coder-14B-Instruct",
    "qwen2.5-coder-32b": "Qwen/Qwen2.5-Coder-32B-Instruct",
    "qwen3-32b": "Qwen/Qwen3-32B",
    "qwen3-coder": "Qwen/Qwen3-Coder-30B-A3B-Instruct",
    "qwen3-coder-30b": "Qwen/Qwen3-Coder-30B-A3B-Instruct",
    "qwen3-coder-480b": "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    "qwen3-coder-next": "Qwen/Qwen3-Coder-Next",
}
"""Names of Ollama's library, `name:size` with the colon as a dash; without a size its tag `latest` is meant."""


@dataclass(frozen=True)
class _Said:
    """A name, taken apart."""

    short: str
    kind: Weights | None
    packed: bool
    """Whether it is Ollama's, or a file of llama.cpp: where those name no kind, they mean Q4_K_M."""


def find(name: str) -> tuple[OpenModel, Weights] | None:
    """The model that a name means, and how its weights are stored; None where it is none of these.

    Names are read as servers give them: `Qwen/Qwen2.5-Coder-32B-Instruct-AWQ`, `qwen2.5-coder:32b`, `gpt-oss`,
    `unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF:Q5_K_M`, `/models/devstral-small-2507-q6_k.gguf`.
    """
    if len(name) > LONGEST:
        return None
    said = _said(name.strip())
    model = _model(said.short)
    return None if model is None else (model, _stored(model, said))


def of_ollama(name: str) -> bool:
    """Whether a name is one of Ollama's: with a tag, or the bare name of a model of its library.

    llama.cpp writes `owner/name-GGUF:Q4_K_M` where Ollama writes `hf.co/owner/name-GGUF:Q4_K_M`.
    """
    short = name.rpartition("/")[2]
    bare = name == name.lower() and "/" not in name and short in _OLLAMA and not _SIZED.search(short)
    tagged = ":" in short and ("gguf" not in short.lower() or name.lower().startswith("hf.co/"))
    return bare or tagged


def _model(short: str) -> OpenModel | None:
    page = _OLLAMA.get(short)
    for model in OPEN_MODELS:
        wanted = _SHORT[model.page]
        if page == model.page or (page is None and short in (wanted, _ACTIVE.sub("", wanted))):
            return model
    return None


def _stored(model: OpenModel, said: _Said) -> Weights:
    """Weights that were published in four bits are left as they are by those who pack them."""
    if model.native == "mxfp4" and (said.packed or (said.kind is not None and whole(said.kind))):
        return model.native
    return said.kind or ("q4_k_m" if said.packed else model.native)


def _said(name: str) -> _Said:
    text, kind, packed = _OWNER.sub("", name.rpartition("/")[2].lower().replace(":", "-")), None, of_ollama(name)
    while True:
        packed = packed or _GGUF.search(text) is not None
        less = _shorter(text)
        if less == text:
            found = _kind(text, mlx="mlx" in name.lower())
            if found is None:
                return _Said(text, kind, packed)
            less, kind = found[0], kind or found[1]
        text = less


def _shorter(text: str) -> str:
    """Without what says nothing of the model's shape."""
    for pattern in (_PART, _GGUF, _MLX_END, _LESS):
        text = pattern.sub("", text)
    return text


def _kind(text: str, *, mlx: bool) -> tuple[str, Weights] | None:
    """The text without its last word, where that is a kind of weights, and the kind."""
    if match := _GGUF_KIND.search(text):
        return text[: match.start()], _LLAMA_CPP[match[1]]
    if mlx and (match := _MLX_KIND.search(text)):
        return text[: match.start()], _MLX[match[1]]
    for pattern, kind in _OTHER_KINDS:
        if match := pattern.search(text):
            return text[: match.start()], kind
    return None


_SHORT: dict[str, str] = {model.page: _said(model.page).short for model in OPEN_MODELS}
