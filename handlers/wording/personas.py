"""Who a session may work as, said where somebody asks for another one. One function a sentence; pure."""

from collections.abc import Sequence

from handlers.personas import PersonaBrief
from handlers.quoting import plain_line, quoted_line

MOST_NAMED = 20
"""Personas that an answer lists."""


def persona_unknown(missing: Sequence[str], offered: Sequence[PersonaBrief], namespace: str) -> str:
    """The personas are not there: which are, and who can add one."""
    names = ", ".join(f"`{plain_line(name)}`" for name in missing[:8])
    no = f"there is no persona {names} here" if len(missing) == 1 else f"there are no personas {names} here"
    return (
        f"{no}. {_offered(offered)} Whoever owns the namespace `{plain_line(namespace)}` can add one to "
        "`spec.personas` of its ProjectSettings."
    )


def no_such_persona(missing: Sequence[str], offered: Sequence[PersonaBrief], namespace: str) -> str:
    """A session whose persona is not there has ended before it began."""
    return f"The session cannot begin: {persona_unknown(missing, offered, namespace)}"


def _offered(offered: Sequence[PersonaBrief]) -> str:
    if not offered:
        return "None is defined yet."
    more = f", and {len(offered) - MOST_NAMED} more" if len(offered) > MOST_NAMED else ""
    return f"I know {', '.join(_one(one) for one in offered[:MOST_NAMED])}{more}."


def _one(persona: PersonaBrief) -> str:
    described = f" ({quoted_line(persona.description, 200)})" if persona.description.strip() else ""
    return f"`{plain_line(persona.name)}`{described}"
