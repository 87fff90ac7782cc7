"""The small objects that blocks are made of: texts, options, confirmations.

Limits are those of https://docs.slack.dev/reference/block-kit/composition-objects
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.standins.slack.strict import Strict

ActionId = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Url = Annotated[str, StringConstraints(pattern=r"^(https?://|mailto:|slack://)", max_length=3000)]


class PlainText(Strict):
    type: Literal["plain_text"]
    text: str = Field(min_length=1, max_length=3000)
    emoji: bool | None = None


class Mrkdwn(Strict):
    type: Literal["mrkdwn"]
    text: str = Field(min_length=1, max_length=3000)
    verbatim: bool | None = None


Text = Annotated[PlainText | Mrkdwn, Field(discriminator="type")]


class Plain24(PlainText):
    text: str = Field(min_length=1, max_length=24)


class Plain30(PlainText):
    text: str = Field(min_length=1, max_length=30)


class Plain75(PlainText):
    text: str = Field(min_length=1, max_length=75)


class Plain100(PlainText):
    text: str = Field(min_length=1, max_length=100)


class Plain150(PlainText):
    text: str = Field(min_length=1, max_length=150)


class Plain2000(PlainText):
    text: str = Field(min_length=1, max_length=2000)


class PlainField(PlainText):
    text: str = Field(min_length=1, max_length=2000)


class MrkdwnField(Mrkdwn):
    text: str = Field(min_length=1, max_length=2000)


FieldText = Annotated[PlainField | MrkdwnField, Field(discriminator="type")]


class ConfirmPlain(PlainText):
    text: str = Field(min_length=1, max_length=300)


class ConfirmMrkdwn(Mrkdwn):
    text: str = Field(min_length=1, max_length=300)


class Confirm(Strict):
    title: Plain100
    text: Annotated[ConfirmPlain | ConfirmMrkdwn, Field(discriminator="type")]
    confirm: Plain30
    deny: Plain30
    style: Literal["primary", "danger"] | None = None


class MrkdwnOption(Mrkdwn):
    text: str = Field(min_length=1, max_length=75)


class Option(Strict):
    """As a menu has them: plain text only."""

    text: Plain75
    value: str = Field(min_length=1, max_length=150)
    description: Plain75 | None = None
    url: Url | None = None


class ListedOption(Strict):
    """As radio buttons and checkboxes have them: mrkdwn may be."""

    text: Annotated[Plain75 | MrkdwnOption, Field(discriminator="type")]
    value: str = Field(min_length=1, max_length=150)
    description: Annotated[Plain75 | MrkdwnOption, Field(discriminator="type")] | None = None


class OptionGroup(Strict):
    label: Plain75
    options: list[Option] = Field(min_length=1, max_length=100)


class Dispatch(Strict):
    trigger_actions_on: list[Literal["on_enter_pressed", "on_character_entered"]] = Field(min_length=1)


class Filter(Strict):
    include: list[Literal["im", "mpim", "private", "public"]] | None = Field(None, min_length=1)
    exclude_external_shared_channels: bool | None = None
    exclude_bot_users: bool | None = None
