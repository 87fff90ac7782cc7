"""Tokens and dollars: the arithmetic that the gateway's ledger, the runner and the reply must agree on.

Pure. Prices are US dollars per million tokens as published by the maker of the model, and stand in one table.
"""

from decimal import Decimal

from crds.schema import Message


class Tokens(Message):
    """Tokens of one or many model calls, by the four kinds the Messages API bills."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def total(self) -> int:
        """All tokens, of whatever kind."""
        return self.input + self.output + self.cache_read + self.cache_write

    def plus(self, other: "Tokens") -> "Tokens":
        """The sum of both, kind by kind."""
        return Tokens(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
        )


class Price(Message):
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal

    @property
    def cache_read(self) -> Decimal:
        """A tenth of fresh input (Anthropic's published ratio)."""
        return self.input / 10

    @property
    def cache_write(self) -> Decimal:
        """A quarter above fresh input, for the five-minute cache (Anthropic's published ratio)."""
        return self.input * Decimal("1.25")


def _price(dollars_in: str, dollars_out: str) -> Price:
    return Price(input=Decimal(dollars_in), output=Decimal(dollars_out))


# By prefix of the model's name, the longest match wins. Source: Anthropic's price page and model overview, read in
# November 2026. Haiku 5.5 costs a fifth of this for prompts of up to 100,000 tokens: better too much than too little.
PRICES: dict[str, Price] = {
    "claude-fable-5": _price("10", "50"),
    "claude-opus-5-5": _price("4", "20"),
    "claude-opus-5": _price("5", "25"),
    "claude-sonnet-5": _price("2", "10"),
    "claude-haiku-5-5": _price("0.50", "2.50"),
    "claude-opus-4-1": _price("15", "75"),
    "claude-opus-4-0": _price("15", "75"),
    "claude-opus-4-2025": _price("15", "75"),
    "claude-opus-4": _price("5", "25"),
    "claude-sonnet-4": _price("3", "15"),
    "claude-haiku-4": _price("1", "5"),
    "claude-3-7-sonnet": _price("3", "15"),
    "claude-3-5-sonnet": _price("3", "15"),
    "claude-3-5-haiku": _price("0.80", "4"),
    "claude-3-opus": _price("15", "75"),
    "claude-3-haiku": _price("0.25", "1.25"),
}


def price_of(model: str) -> Price | None:
    """The price of a model by its name, or None where it is not in the table (a self-hosted one, say)."""
    matches = [prefix for prefix in PRICES if model.startswith(prefix)]
    return PRICES[max(matches, key=len)] if matches else None


def cost(tokens: Tokens, price: Price) -> Decimal:
    """US dollars for these tokens at this price: Σ tokens · price / 10⁶."""
    dollars = (
        tokens.input * price.input
        + tokens.output * price.output
        + tokens.cache_read * price.cache_read
        + tokens.cache_write * price.cache_write
    )
    return dollars / 1_000_000
