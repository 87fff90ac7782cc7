"""The blocks of messages and views, with the limits of https://docs.slack.dev/reference/block-kit/blocks."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bot.standins.slack.kit.elements import Accessory, ActionElement, Image, InputElement
from bot.standins.slack.kit.objects import FieldText, Mrkdwn, Plain150, Plain2000, PlainText, Text, Url
from bot.standins.slack.kit.rich_text import RichElement
from bot.standins.slack.strict import Strict


class _Block(Strict):
    block_id: str | None = Field(None, min_length=1, max_length=255)


class Section(_Block):
    type: Literal["section"]
    text: Text | None = None
    fields: list[FieldText] | None = Field(None, min_length=1, max_length=10)
    accessory: Accessory | None = None
    expand: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and self.fields is None:
            raise ValueError("must have text or fields")
        return self


class Header(_Block):
    type: Literal["header"]
    text: Plain150


class Divider(_Block):
    type: Literal["divider"]


class Context(_Block):
    type: Literal["context"]
    elements: list[Annotated[PlainText | Mrkdwn | Image, Field(discriminator="type")]] = Field(
        min_length=1, max_length=10
    )


class Actions(_Block):
    type: Literal["actions"]
    elements: list[ActionElement] = Field(min_length=1, max_length=25)


class ImageBlock(_Block):
    type: Literal["image"]
    image_url: Url
    alt_text: str = Field(min_length=1, max_length=2000)
    title: Plain2000 | None = None


class Input(_Block):
    type: Literal["input"]
    label: Plain2000
    element: InputElement
    dispatch_action: bool | None = None
    hint: Plain2000 | None = None
    optional: bool | None = None


class Markdown(_Block):
    type: Literal["markdown"]
    text: str = Field(min_length=1, max_length=12_000)


class RichText(_Block):
    type: Literal["rich_text"]
    elements: list[RichElement]


InMessages = Section | Header | Divider | Context | Actions | ImageBlock | Input | Markdown | RichText
MessageBlock = Annotated[InMessages, Field(discriminator="type")]
ViewBlock = Annotated[
    Section | Header | Divider | Context | Actions | ImageBlock | Input | RichText, Field(discriminator="type")
]
