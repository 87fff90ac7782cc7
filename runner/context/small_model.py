"""One question to the session's small model through the gateway, for what the ranking alone cannot tell.

Off unless the pod is told otherwise. Called in a thread while the prompt is packed; whatever goes wrong is no answer,
and the session goes on without one. It never sends more than the question, and nothing that it hears is believed here.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

from crds.redaction import redact
from crds.usage import Tokens, cost, price_of
from crds.work_order import Limits
from runner.calls import Call, Caller, json_body
from runner.context import count
from runner.endings import PrerequisiteFailed, Refused

MOST_TOKENS = 400
"""Tokens of an answer."""
SHARE = 0.02
"""Of the session's tokens and of its dollars what a question may cost."""
SECONDS = 20.0
"""How long an answer is waited for."""

Ask = Callable[[str], str]
"""An answer to a question; nothing where there is none."""


@dataclass(frozen=True)
class SmallModel:
    """The small model of one session. `caller`: with the gateway's address."""

    caller: Caller
    name: str
    limits: Limits

    def ask(self, question: str) -> str:
        """The model's words; nothing where the budget does not pay for them, or none come."""
        if not pays(question, self.name, self.limits):
            return ""
        body = {
            "model": self.name,
            "max_tokens": MOST_TOKENS,
            "temperature": 0,
            "messages": [{"role": "user", "content": question}],
        }
        call = Call("POST", "/v1/messages", json_body(json.dumps(body)), SECONDS)
        try:
            answer = self.caller.answer(call)
        except (PrerequisiteFailed, Refused, OSError) as error:
            sys.stderr.write(f"runner: the small model was not asked: {redact(str(error))[:300]}\n")
            return ""
        return words(answer.body) if answer.status == 200 else ""


def once(ask: Ask) -> Ask:
    """Asks once in a session: when the prompt is packed anew the answer stands, for it is about the same issue."""
    heard: list[str] = []

    def answer(question: str) -> str:
        if not heard:
            heard.append(ask(question))
        return heard[0]

    return answer


def pays(question: str, model: str, limits: Limits) -> bool:
    """Whether a question and its answer are a small part of what the session may use."""
    asked, price = count.count(question), price_of(model)
    usd = cost(Tokens(input=asked, output=MOST_TOKENS), price) if price else None
    affordable = usd is None or limits.cost_usd is None or float(usd) <= SHARE * limits.cost_usd
    return affordable and (limits.total_tokens is None or asked + MOST_TOKENS <= SHARE * limits.total_tokens)


def words(body: bytes) -> str:
    """The text of a message; nothing where it is none."""
    try:
        content = json.loads(body)["content"]
        return "\n".join(str(block["text"]) for block in content if block.get("type") == "text")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
