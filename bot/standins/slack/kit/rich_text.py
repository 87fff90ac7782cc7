"""Rich text, as people's messages have it and as apps may send it: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.standins.slack.strict import Strict


class Style(Strict):
    bold: bool | None = None
    italic: bool | None = None
    strike: bool | None = None
    code: bool | None = None
    underline: bool | None = None
    highlight: bool | None = None
    client_highlight: bool | None = None
    unlink: bool | None = None


class RichPart(Strict):
    style: Style | None = None


class TextPart(RichPart):
    type: Literal["text"]
    text: str = Field(min_length=1)


class LinkPart(RichPart):
    type: Literal["link"]
    url: str = Field(min_length=1)
    text: str | None = None
    unsafe: bool | None = None


class UserPart(RichPart):
    type: Literal["user"]
    user_id: str


class ChannelPart(RichPart):
    type: Literal["channel"]
    channel_id: str


class EmojiPart(RichPart):
    type: Literal["emoji"]
    name: str
    unicode: str | None = None
    skin_tone: int | None = None


class BroadcastPart(RichPart):
    type: Literal["broadcast"]
    range: Literal["here", "channel", "everyone"]


class DatePart(RichPart):
    type: Literal["date"]
    timestamp: int
    format: str
    url: str | None = None
    fallback: str | None = None


Part = Annotated[
    TextPart | LinkPart | UserPart | ChannelPart | EmojiPart | BroadcastPart | DatePart, Field(discriminator="type")
]


class Section(Strict):
    type: Literal["rich_text_section"]
    elements: list[Part]


class ListOf(Strict):
    type: Literal["rich_text_list"]
    elements: list[Section]
    style: Literal["bullet", "ordered"]
    indent: int | None = Field(None, ge=0, le=8)
    offset: int | None = Field(None, ge=0)
    border: int | None = Field(None, ge=0, le=1)


class Preformatted(Strict):
    type: Literal["rich_text_preformatted"]
    elements: list[Part]
    border: int | None = Field(None, ge=0, le=1)
    language: str | None = None


class Quote(Strict):
    type: Literal["rich_text_quote"]
    elements: list[Part]
    border: int | None = Field(None, ge=0, le=1)


RichElement = Annotated[Section | ListOf | Preformatted | Quote, Field(discriminator="type")]
