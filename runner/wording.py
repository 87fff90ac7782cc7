"""The sentences in which a run says how it ended, one function a sentence. Pure; used by `session.py`.

The bot decides how they are shown; here stands only what the runner alone knows.
"""

from crds.result import AgentOutcome
from crds.served_window import ServedWindow
from crds.work_order import WorkOrder
from runner.conversation import overflow


def sentence(text: str) -> str:
    """A reason as a sentence of its own."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def budget_spent(detail: str) -> str:
    """The gateway has answered 402."""
    return f"The session's budget is spent. {_said(detail)}".strip()


def turns_used_up(turns: int) -> str:
    """The agent has taken as many turns as it may."""
    return f"The agent has used up its {turns} turns before it was done."


def time_used_up(seconds: int) -> str:
    """The runner's time is over."""
    return f"The session has used up its time of {seconds} s before the agent was done."


def stopped() -> str:
    """SIGTERM came."""
    return "The session was stopped before the agent was done."


def budget_too_small(budget: int, needed: int) -> str:
    """The first prompt has no room even for a part of the request."""
    return f"The context budget of {max(0, budget):,} tokens cannot hold the request: at least {needed:,} are needed."


def model_refuses(detail: str) -> str:
    """The model's server has ended the run with an error."""
    return f"The model's server ended the run. {_said(detail)}".strip()


def did_not_fit(detail: str, window: int | None) -> str:
    """A request was longer than the model's window, and what could be masked in it is not enough, or comes again."""
    size = f" of {window:,} tokens" if window else ""
    return (
        f"A request did not fit into the model's window{size}, though the output of tools was masked where that helps. "
        f"Name a model with a larger one, or ask for less at once. {_said(detail)}"
    ).strip()


def agent_failed(detail: str) -> str:
    """The agent's program has ended in a way of its own."""
    return f"The agent's run failed: {detail}" if detail else "The agent's run failed without saying why."


def our_fault(kind: str, detail: str) -> str:
    """Something that the runner did not foresee."""
    return f"The runner failed in a way that is not the session's fault ({kind}: {detail})."


def too_large(repository: str, size: int, limit: int) -> str:
    """A bundle is larger than may be handed back."""
    return f"The work in {repository} takes {_megabytes(size)}, and {_megabytes(limit)} may be handed back."


def not_kept(repository: str, detail: str) -> str:
    """A repository's work cannot be read."""
    return f"The work in {repository} could not be kept: {detail}"


def not_taken(detail: str) -> str:
    """The bot has refused the result for what is in it."""
    return f"The work was not taken: {detail}"


def how_it_ended(outcome: AgentOutcome, order: WorkOrder) -> str:
    """One sentence for an agent that ended with an error by itself; empty for one that is done."""
    if not outcome.is_error:
        return ""
    if outcome.api_error.startswith("402") or outcome.subtype == "error_max_budget_usd":
        return budget_spent(outcome.api_error)
    if outcome.subtype == "error_max_turns":
        return turns_used_up(order.limits.turns)
    if overflow.is_too_long(outcome.api_error):
        return did_not_fit(outcome.api_error, order.window_tokens)
    return model_refuses(outcome.api_error) if outcome.api_error else agent_failed(outcome.subtype)


def _said(detail: str) -> str:
    return f"It said: {detail}" if detail else ""


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.3g} MB"


def window_too_small(model: str, window: ServedWindow) -> str:
    """The model's server cannot hold what the agent's tools alone take."""
    doubt = " by its smallest default, for it does not say more" if window.source == "ollama-assumed" else ""
    return (
        f"the server of {model} holds {window.tokens:,} tokens{doubt}, which is less than the agent's tools and an "
        f"answer take; {_longer(window)}, or name another model"
    )


def served_with(model: str, window: ServedWindow) -> str:
    """How many tokens the model's server gives it, and how that is known: for the receipt."""
    tokens = f"{window.tokens:,} tokens"
    match window.source:
        case "listed":
            return f"The server of {model} holds {tokens}."
        case "llama.cpp":
            return f"llama.cpp gives a request to {model} {tokens}."
        case "ollama":
            return f"Ollama has loaded {model} with {tokens}; what is over it would drop without a word."
        case "ollama-set":
            return f"Ollama gives {model} {tokens} by its own `num_ctx`; what is over it would drop without a word."
    return f"Ollama does not say how much it gives {model}: {tokens} are taken for granted, its smallest default."


def ollamas_default() -> str:
    """What stands beside the arithmetic of a model that goes by a name of Ollama's (its docs/context-length.mdx)."""
    return (
        "Ollama itself gives 4k tokens below 24 GiB of GPU memory, 32k below 48 GiB and 256k above, and drops without "
        "a word what is over; `OLLAMA_CONTEXT_LENGTH` sets it"
    )


def _longer(window: ServedWindow) -> str:
    """What whoever runs the server can do."""
    match window.source:
        case "listed":
            return "serve it with a longer context (`--max-model-len`)"
        case "llama.cpp":
            return "serve it with a longer context (`--ctx-size`)"
        case "ollama-set":
            return "raise the model's `num_ctx` (for agents Ollama advises 64000)"
    return "start Ollama with `OLLAMA_CONTEXT_LENGTH=64000`, as it advises for agents, and load the model again"
