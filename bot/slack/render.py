"""What the bot says in Slack → the text and the blocks of a message. Called by messages.py; pure.

Nothing that comes out is over Slack's limits, whatever goes in: what is too long is cut, and a link leads to the rest.
Limits are those of https://docs.slack.dev/reference/block-kit and of chat.postMessage.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.slack.cutting import cut, pieces
from bot.slack.mrkdwn import escape, link, mrkdwn
from handlers import wording
from handlers.slack_words import Button, Menu, SlackMessage

Json = dict[str, Any]

SECTION, BLOCKS, BUTTONS, OPTIONS = 3000, 50, 25, 100
"""Characters of a section's text; blocks of a message; buttons of a row; options of a menu."""
LONGEST = 11_000
"""Characters of a message that people can be expected to read in a thread; Slack's own limits are not far above."""
FALLBACK = 3_900
"""Characters of the text that notifications and screen readers show; Slack recommends less than 4,000."""
SOURCE = 40_000
"""Characters of Markdown that are looked at: more than LONGEST of it can never be shown."""
_USER = re.compile(r"^[UW][A-Z0-9]{1,30}$")


@dataclass(frozen=True)
class Rendered:
    """A message as chat.postMessage takes it."""

    text: str
    blocks: tuple[Json, ...] = field(hash=False)


def rendered(message: SlackMessage, trusted: Sequence[str] = ()) -> Rendered:
    """The message in Slack's form. `trusted`: beginnings of addresses that may be clicked."""
    text = mrkdwn(message.markdown[:SOURCE], trusted)
    mention = f"<@{message.mention}> " if _USER.match(message.mention) else ""
    sections = pieces(mention + text, SECTION) or [mention.strip() or "…"]
    shown = _shown(sections)
    more = len(shown) < len(sections) or len(message.markdown) > SOURCE
    below = [*_rest(message.link, more=more), *_menu(message.menu), *_buttons(message.buttons)]
    return Rendered(
        text=cut(mention + text, FALLBACK)[0] or "…",
        blocks=(*(section(part) for part in shown[: BLOCKS - len(below)]), *below),
    )


def section(text: str) -> Json:
    """A paragraph; Slack makes no links and mentions of its own out of what looks like some."""
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _shown(sections: list[str]) -> list[str]:
    """As many as a thread can hold; always the first."""
    total, count = 0, 0
    for part in sections:
        total += len(part)
        if total > LONGEST:
            break
        count += 1
    return sections[: max(1, count)]


def _rest(url: str, *, more: bool) -> Iterator[Json]:
    if more:
        words = wording.slack_cut()
        yield {"type": "context", "elements": [_mrkdwn(link(url, words) if url else escape(words))]}


def _menu(menu: Menu | None) -> Iterator[Json]:
    options = [_option(each) for each in dict.fromkeys(menu.options) if 0 < len(each) <= 150] if menu else []
    if menu and options:
        select = {
            "type": "static_select",
            "action_id": menu.action,
            "placeholder": _plain(menu.prompt, 150),
            "options": options[:OPTIONS],
        }
        yield {"type": "actions", "block_id": menu.block[:255], "elements": [select]}


def _option(text: str) -> Json:
    return {"text": _plain(text, 75), "value": text}


def _buttons(buttons: Sequence[Button]) -> Iterator[Json]:
    known = {each.action[:255]: each for each in reversed(buttons)}  # Slack takes each action once
    if known:
        yield {"type": "actions", "elements": [_button(each) for each in [*reversed(known.values())][:BUTTONS]]}


def _button(button: Button) -> Json:
    made: Json = {
        "type": "button",
        "action_id": button.action[:255],
        "text": _plain(button.label, 75),
        "value": button.value[:2000],
    }
    if button.style:
        made["style"] = button.style
    if button.confirm:
        made["confirm"] = {
            "title": _plain(button.label, 100),
            "text": {"type": "plain_text", "text": _shortened(button.confirm, 300)},
            "confirm": _plain(wording.slack_yes(), 30),
            "deny": _plain(wording.slack_no(), 30),
        }
    return made


def _plain(text: str, most: int) -> Json:
    return {"type": "plain_text", "text": _shortened(text, most)}


def _shortened(text: str, most: int) -> str:
    line = " ".join(text.split()) or "…"
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
