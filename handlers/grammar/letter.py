"""Tells an answer by e-mail from the letter that it answers and that mail programs leave below it. Pure.

Called by both readers. Lines that begin with `>` are quotes to them anyway; here it is about the ways without a mark.
"""

import re
from collections.abc import Sequence

_WROTE = re.compile(r"(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\b[^:]{0,100}:$")
_OPENS = re.compile(r"(?:On|Am|Le|El|Il|Op)\b")
_RULED = re.compile(r"-{2,}\s*(?:Original Message|Forwarded message|Ursprüngliche Nachricht)\s*-{2,}|_{20,}", re.I)
_FIELDS = tuple(
    re.compile(rf"[*_]{{0,2}}(?:{names})\s?:", re.I)
    for names in ("From|Von|De", "Sent|Date|Gesendet|Datum|Envoyé|Enviado", "To|An|À|Para")
)
_LONGEST = 400
"""Characters that the line may have in which a mail program says who wrote what."""


def own_lines(lines: Sequence[str]) -> range:
    """The lines of the writer's own: all, or those above the letter that is answered."""
    for number, line in enumerate(lines):
        if _opens_letter(line) and _is_letter(lines, number):
            return range(number)
    return range(len(lines))


def _opens_letter(line: str) -> bool:
    """A cheap look, which long comments need."""
    plain = line.strip()
    return plain.endswith(":") or plain.startswith(("--", "____")) or _FIELDS[0].match(plain) is not None


def _is_letter(lines: Sequence[str], number: int) -> bool:
    plain = lines[number].strip()
    if _RULED.fullmatch(plain):
        return True
    if _has_fields(lines, number):
        return True
    above = lines[number - 1].strip() if number else ""
    said = plain if _OPENS.match(plain) else f"{above} {plain}"
    if len(said) > _LONGEST or not (_OPENS.match(said) and _WROTE.search(said) and re.search("[0-9]", said)):
        return False
    # Where its lines are marked as quotes, what stands below them is the answer.
    below = next((line.strip() for line in lines[number + 1 :] if line.strip()), ">")
    return not below.startswith(">")


def _has_fields(lines: Sequence[str], number: int) -> bool:
    """Whether the head of a letter stands here: who sent it, when, and to whom."""
    plain = [line.strip() for line in lines[number : number + 3]]
    return len(plain) == 3 and all(field.match(line) for field, line in zip(_FIELDS, plain, strict=True))
