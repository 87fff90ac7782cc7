"""Checks the blocks of a message and the content of a view, and gives them the ids that Slack gives.

Called by the Web API and the response URLs. Broken blocks are `invalid_blocks` with the places, and a violation.
"""

from __future__ import annotations

import copy
import itertools
import json
import secrets
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from bot.standins.slack.kit.blocks import MessageBlock, ViewBlock
from bot.standins.slack.kit.objects import Plain24
from bot.standins.slack.strict import Refusal, Strict, pointer
from bot.standins.slack.world import Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MARKDOWN_IN_ALL = 12_000
# Every `type` that pydantic may name in a place, but "text", which is a field too.
KINDS = (
    "section header divider context actions image input markdown rich_text plain_text mrkdwn button static_select "
    "multi_static_select external_select users_select conversations_select channels_select overflow radio_buttons "
    "checkboxes plain_text_input number_input rich_text_section rich_text_list rich_text_preformatted "
    "rich_text_quote"
)
VARIANTS = frozenset(KINDS.split())
MESSAGE: TypeAdapter[Any] = TypeAdapter(list[MessageBlock])


class _View(Strict):
    blocks: list[ViewBlock] = Field(min_length=1, max_length=VIEW_BLOCKS)
    private_metadata: str | None = Field(None, max_length=3000)
    callback_id: str | None = Field(None, max_length=255)
    external_id: str | None = Field(None, max_length=255)


class Modal(_View):
    type: Literal["modal"]
    title: Plain24
    submit: Plain24 | None = None
    close: Plain24 | None = None
    clear_on_close: bool | None = None
    notify_on_close: bool | None = None
    submit_disabled: bool | None = None


class Home(_View):
    type: Literal["home"]


def checked_blocks(given: object) -> list[Json]:
    """The blocks of a message, with ids; a Refusal that names every fault otherwise."""
    blocks = parsed(given)
    if len(blocks) > MESSAGE_BLOCKS:
        raise _invalid([f"no more than {MESSAGE_BLOCKS} items allowed [json-pointer:/blocks]"])
    _validate(MESSAGE.validate_python, blocks, "blocks")
    faults = list(_doubles(blocks))
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_IN_ALL:
        faults.append(f"markdown blocks hold more than {MARKDOWN_IN_ALL} characters in all")
    if faults:
        raise _invalid(faults)
    return with_ids(blocks)


def checked_view(given: object) -> Json:
    """A modal or a Home tab, with ids on its blocks; a Refusal otherwise."""
    view = json.loads(given) if isinstance(given, str) else given
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", violation="view is not an object")
    model = Home if view.get("type") == "home" else Modal
    _validate(model.model_validate, view, "view", error="invalid_arguments")
    faults = list(_doubles(view["blocks"]))
    if model is Modal and any(block["type"] == "input" for block in view["blocks"]) and not view.get("submit"):
        faults.append("a view with inputs must have submit [json-pointer:/view/submit]")
    if faults:
        raise _invalid(faults, error="invalid_arguments")
    return {**copy.deepcopy(view), "blocks": with_ids(view["blocks"])}


def parsed(given: object) -> list[Json]:
    """Blocks come as a list, or as its JSON."""
    try:
        blocks = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        blocks = None
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        raise Refusal("invalid_blocks_format", violation="blocks are not a list of objects")
    return blocks


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy in which every block has a block_id, and every element that acts has an action_id."""
    made = copy.deepcopy(blocks)
    for block in made:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        for element in elements(block):
            element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return made


def elements(block: Json) -> list[Json]:
    """The interactive elements of a block."""
    kind = block.get("type")
    if kind == "actions":
        return list(block["elements"])
    if kind == "input":
        return [block["element"]]
    accessory = block.get("accessory") if kind == "section" else None
    return [accessory] if accessory and accessory["type"] != "image" else []


def _doubles(blocks: list[Json]) -> Iterator[str]:
    """Two blocks or two elements of one id would make an answer ambiguous."""
    yield from _twice("block_id", [block.get("block_id") for block in blocks])
    yield from _twice("action_id", [one.get("action_id") for block in blocks for one in elements(block)])


def _twice(name: str, found: list[str | None]) -> Iterator[str]:
    known = sorted(one for one in found if one is not None)
    for one, another in itertools.pairwise(known):
        if one == another:
            yield f"{name} {one!r} is there twice"


def _validate(validate: Any, given: object, where: str, *, error: str = "invalid_blocks") -> None:
    try:
        validate(given)
    except ValidationError as wrong:
        faults = [f"{one['msg']} [json-pointer:/{where}{pointer(_place(one['loc']))}]" for one in wrong.errors()]
        raise _invalid(faults, error=error) from None


def _place(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """pydantic names the variant of a union after its place (`0`, `section`, `text`); Slack names the place alone."""
    return tuple(one for one in location if one not in VARIANTS)


def _invalid(faults: list[str], *, error: str = "invalid_blocks") -> Refusal:
    messages = [f"[ERROR] {fault}" for fault in faults]
    more = {"errors": faults, "response_metadata": {"messages": messages}}
    return Refusal(error, more, violation="; ".join(faults))
