"""What a maker's prompt cache keeps, and how long: facts for the runner, the gateway and the receipt. Pure."""

from crds.usage import price_of

LIFETIME_SECONDS = 300
"""A marked beginning is kept for five minutes from its last use (Anthropic's default; the agent's program asks for no
more)."""
MOST_MARKS = 4
"""`cache_control` marks of one request; the API refuses a fifth with 400 (Anthropic's page on prompt caching)."""

# Tokens below which nothing is kept, and nobody is told; by prefix of the model's name, the longest match wins.
# Source: "cache limitations" of Anthropic's page on prompt caching, as LiteLLM's documentation (October 2026) and
# dev.to/creeta ("Claude's prompt cache fails silently below 1,024 tokens") list them. The 5.5 models are in no list yet
# and are taken for their family; Haiku 5.5 for the longest of all.
_LEAST: dict[str, int] = {
    "claude-": 4096,
    "claude-3": 1024,
    "claude-3-haiku": 2048,
    "claude-3-5-haiku": 2048,
    "claude-fable-5": 512,
    "claude-opus-5": 512,
    "claude-sonnet-5": 1024,
    "claude-opus-4": 1024,
    "claude-opus-4-5": 4096,
    "claude-opus-4-6": 4096,
    "claude-opus-4-7": 4096,
    "claude-sonnet-4": 1024,
    "claude-sonnet-4-6": 2048,
    "claude-haiku-4": 4096,
}


def least_cacheable(model: str) -> int | None:
    """Tokens that a beginning needs to be kept; None for a model whose maker takes no marks, or is not known."""
    if price_of(model) is None:
        return None
    return _LEAST[max((prefix for prefix in _LEAST if model.startswith(prefix)), key=len)]
