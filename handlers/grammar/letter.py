"""Tells an answer by e-mail from the letter that it answers and that mail programs leave below it. Pure.

Called by both readers. Lines that begin with `>` are quotes to them anyway; here it is about the ways without a mark.
"""

import re
from collections.abc import Sequence

_WROTE = re.compile(r"(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\b[^:]{0,100}:$")
_OPENS = re.compile(r"(?:On|Am|Le|El|Il|Op)\b")
# In whatever language: whose address (GitHub puts stars in its place), in which year, and at what time of day.
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]+>")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_DAYTIME = re.compile(r"(?<!\d)\d\d?[:.h]\d\d")
_RULED = re.compile(r"-{2,}\s*(?:Original Message|Forwarded message|Ursprüngliche Nachricht)\s*-{2,}", re.I)
_FORWARDED = re.compile(r"Begin forwarded message\s?:", re.I)
_FROM = "From|Von|De|Da|Van|Från|Fra|Od|От|发件人|差出人"
_OTHERS = (
    "Sent|Date|Gesendet|Datum|Envoyé|Enviado|Fecha|Data|Inviato|Verzonden|Skickat|Sendt|Wysłano|Дата|Отправлено|"
    "发送时间|日期|送信日時|日付|To|An|À|Para|A|Aan|Till|Til|Do|Кому|收件人|宛先|Cc|Kopie|Copie|Subject|Betreff|Objet|"
    "Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne|Temat|Тема|主题|件名|Reply-To|Importance"
)
_FIRST = re.compile(rf"[*_]{{0,2}}(?:{_FROM})\s?[:：]", re.I)
_FIELD = re.compile(rf"[*_]{{0,2}}(?:{_OTHERS})\s?[:：]", re.I)
_LONGEST = 400
"""Characters that the line may have in which a mail program says who wrote what."""


def opens_letter(lines: Sequence[str], number: int) -> bool:
    """Whether the letter begins with this line: whoever asks knows whether the line is ordinary text."""
    plain = lines[number].strip()
    if not plain:  # a cheap look first, for long comments have many lines
        return False
    if plain.endswith((":", "：")):
        return _FORWARDED.fullmatch(plain) is not None or _wrote(lines, number, plain)
    if plain.startswith("--"):
        return _RULED.fullmatch(plain) is not None
    return _has_fields(lines, number) or _wraps(lines, number, plain)


def _wraps(lines: Sequence[str], number: int, plain: str) -> bool:
    """Whether the line that says who wrote begins here, and ends in the next one."""
    behind = lines[number + 1].strip() if number + 1 < len(lines) and _OPENS.match(plain) else ""
    return behind.endswith(":") and not _OPENS.match(behind) and _wrote(lines, number + 1, f"{plain} {behind}")


def _wrote(lines: Sequence[str], number: int, said: str) -> bool:
    if len(said) > _LONGEST or not _names_writer(said):
        return False
    # Where its lines are marked as quotes, what stands below them is the answer, if there is any.
    below = (lines[at].lstrip().startswith(">") for at in range(number + 1, len(lines)) if lines[at].strip())
    first = next(below, None)
    return first is not None and (not first or all(below))


def _names_writer(said: str) -> bool:
    """Whether this says who wrote and when, as mail programs do."""
    if _OPENS.match(said) and _WROTE.search(said) and re.search("[0-9]", said):
        return True
    return all(word.search(said) for word in (_ADDRESS, _YEAR, _DAYTIME))


def _has_fields(lines: Sequence[str], number: int) -> bool:
    """Whether the head of a letter stands here: who sent it, and two fields more, such as when and to whom."""
    if not _FIRST.match(lines[number].lstrip()):
        return False
    plain = [line.strip() for line in lines[number + 1 : number + 3]]
    return len(plain) == 2 and all(_FIELD.match(line) for line in plain)
