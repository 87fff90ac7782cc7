"""Tells an answer by e-mail from the letter that it answers and that mail programs leave below it. Pure.

Called by both readers. Lines that begin with `>` are quotes to them anyway; here it is about the ways without a mark.
"""

import re
from collections.abc import Sequence

_WROTE = re.compile(r"(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\b[^:]{0,100}:$")
_OPENS = re.compile(r"(?:On|Am|Le|El|Il|Op)\b")
_RULED = re.compile(r"-{2,}\s*(?:Original Message|Forwarded message|Ursprüngliche Nachricht)\s*-{2,}", re.I)
_FIELDS = tuple(
    re.compile(rf"[*_]{{0,2}}(?:{names})\s?:", re.I)
    for names in ("From|Von|De", "Sent|Date|Gesendet|Datum|Envoyé|Enviado", "To|An|À|Para")
)
_LONGEST = 400
"""Characters that the line may have in which a mail program says who wrote what."""


def opens_letter(lines: Sequence[str], number: int) -> bool:
    """Whether the letter begins with this line: whoever asks knows whether the line is ordinary text."""
    plain = lines[number].strip()
    if not plain:  # a cheap look first, for long comments have many lines
        return False
    if plain.endswith(":"):
        return _wrote(lines, number, plain)
    if plain.startswith("--"):
        return _RULED.fullmatch(plain) is not None
    return _has_fields(lines, number)


def _wrote(lines: Sequence[str], number: int, plain: str) -> bool:
    above = lines[number - 1].strip() if number else ""
    said = plain if _OPENS.match(plain) else f"{above} {plain}"
    if len(said) > _LONGEST or not (_OPENS.match(said) and _WROTE.search(said) and re.search("[0-9]", said)):
        return False
    # Where its lines are marked as quotes, what stands below them is the answer.
    below = next((at for at in range(number + 1, len(lines)) if lines[at].strip()), None)
    return below is not None and not lines[below].lstrip().startswith(">")


def _has_fields(lines: Sequence[str], number: int) -> bool:
    """Whether the head of a letter stands here: who sent it, when, and to whom."""
    if not _FIELDS[0].match(lines[number].lstrip()):
        return False
    plain = [line.strip() for line in lines[number : number + 3]]
    return len(plain) == 3 and all(field.match(line) for field, line in zip(_FIELDS, plain, strict=True))
