"""What the answers of vLLM, SGLang, Anthropic, llama.cpp and Ollama say of their models' windows. Pure.

Called by windows.py. It decides by an answer's shape alone, and an answer that cannot be read says nothing.
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from crds.served_window import MOST_TOKENS

Json = dict[str, Any]
_NAMES = ("max_model_len", "max_input_tokens")
"""vLLM and SGLang; Anthropic."""
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Shown:
    """What Ollama says of a model that it has. Tokens."""

    num_ctx: int | None
    """As the model's own parameters have it."""
    native: int | None
    """That the model was made for."""
    remote: bool
    """Whether it runs in Ollama's cloud, always with its whole context."""


def listed(document: bytes) -> dict[str, int]:
    """Tokens by model, of a list of models as servers give it; nothing of what cannot be read."""
    rows = [row for row in _rows(document, "data") if isinstance(row.get("id"), str)]
    return {row["id"]: tokens for row in rows if (tokens := _listed(row))}


def _listed(row: Json) -> int | None:
    """llama.cpp says `n_ctx` of what it has loaded; `n_ctx_train` beside it is what the model was made for."""
    said = [_tokens(row.get(name)) for name in _NAMES] + [_tokens(_dict(row.get("meta")).get("n_ctx"))]
    return next((tokens for tokens in said if tokens), None)


def of_llama_cpp(document: bytes) -> bool:
    """Whether a list of models is llama.cpp's: only it tells of the vocabulary and the training."""
    return any("n_ctx_train" in _dict(row.get("meta")) for row in _rows(document, "data"))


def in_properties(document: bytes) -> int | None:
    """Tokens that llama.cpp gives a request, of its `/props`."""
    return _tokens(_dict(_object(document).get("default_generation_settings")).get("n_ctx"))


def of_ollama(document: bytes) -> bool:
    """Whether an answer to `/api/ps` is Ollama's: a list of models, be it empty."""
    return isinstance(_object(document).get("models"), list)


def loaded(document: bytes, model: str) -> tuple[bool, int | None]:
    """Whether Ollama has loaded the model, and with how many tokens, of its `/api/ps`; older versions do not say."""
    same = {_tagged(model)}
    for row in _rows(document, "models"):
        if same & {_tagged(row.get("name")), _tagged(row.get("model"))}:
            return True, _tokens(row.get("context_length"))
    return False, None


def shown(document: bytes) -> Shown | None:
    """What Ollama says of a model, of its `/api/show`; None where it does not have it."""
    found = _object(document)
    facts = _dict(found.get("model_info"))
    if not facts:
        return None
    native = [_tokens(value) for name, value in facts.items() if str(name).endswith(".context_length")]
    words = [line.split() for line in str(found.get("parameters") or "").splitlines()]
    set_to = [line[1] for line in words if len(line) == 2 and line[0] == "num_ctx" and _NUMBER.fullmatch(line[1])]
    num_ctx = _tokens(int(set_to[0])) if set_to else None
    return Shown(num_ctx, next((one for one in native if one), None), remote=bool(found.get("remote_host")))


def _tagged(name: object) -> str:
    """Ollama means the tag `latest` where a name has none."""
    text = name.lower() if isinstance(name, str) else ""
    return text if ":" in text.rpartition("/")[2] else f"{text}:latest"


def _rows(document: bytes, name: str) -> list[Json]:
    rows = _object(document).get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _object(document: bytes) -> Json:
    try:
        found = orjson.loads(document)
    except orjson.JSONDecodeError:
        return {}
    return _dict(found)


def _dict(found: object) -> Json:
    return found if isinstance(found, dict) else {}


def _tokens(value: object) -> int | None:
    return value if type(value) is int and 0 < value <= MOST_TOKENS else None
