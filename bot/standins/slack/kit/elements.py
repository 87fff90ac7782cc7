"""The interactive elements of blocks, with the limits of https://docs.slack.dev/reference/block-kit/block-elements."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from bot.standins.slack.kit.objects import (
    ActionId,
    Confirm,
    Dispatch,
    Filter,
    ListedOption,
    Option,
    OptionGroup,
    Plain75,
    Plain150,
    Url,
)
from bot.standins.slack.strict import Strict

Values = Annotated[list[str], Field(min_length=1, max_length=100)]


class Image(Strict):
    type: Literal["image"]
    image_url: Url
    alt_text: str = Field(min_length=1, max_length=2000)


class Button(Strict):
    type: Literal["button"]
    text: Plain75
    action_id: ActionId | None = None
    value: str | None = Field(None, max_length=2000)
    url: Url | None = None
    style: Literal["primary", "danger"] | None = None
    confirm: Confirm | None = None
    accessibility_label: str | None = Field(None, max_length=75)


class Select(Strict):
    """What all menus share."""

    action_id: ActionId | None = None
    placeholder: Plain150 | None = None
    confirm: Confirm | None = None
    focus_on_load: bool | None = None


class _Offering(Select):
    """A menu with options of its own: options or groups, never both; what is chosen at first is one of them."""

    options: list[Option] | None = Field(None, min_length=1, max_length=100)
    option_groups: list[OptionGroup] | None = Field(None, min_length=1, max_length=100)

    @property
    def chosen_at_first(self) -> list[Option]:
        return []

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.options is None) == (self.option_groups is None):
            raise ValueError("must have either options or option_groups")
        offered = self.options or [one for group in self.option_groups or [] for one in group.options]
        if any(one not in offered for one in self.chosen_at_first):
            raise ValueError("the initial option must exactly match one of the options")
        return self


class StaticSelect(_Offering):
    type: Literal["static_select"]
    initial_option: Option | None = None

    @property
    def chosen_at_first(self) -> list[Option]:
        return [self.initial_option] if self.initial_option else []


class MultiStaticSelect(_Offering):
    type: Literal["multi_static_select"]
    initial_options: list[Option] | None = None
    max_selected_items: int | None = Field(None, ge=1)

    @property
    def chosen_at_first(self) -> list[Option]:
        return self.initial_options or []


class ExternalSelect(Select):
    type: Literal["external_select"]
    initial_option: Option | None = None
    min_query_length: int | None = Field(None, ge=0)


class UsersSelect(Select):
    type: Literal["users_select"]
    initial_user: str | None = None


class ConversationsSelect(Select):
    type: Literal["conversations_select"]
    initial_conversation: str | None = None
    default_to_current_conversation: bool | None = None
    response_url_enabled: bool | None = None
    filter: Filter | None = None


class ChannelsSelect(Select):
    type: Literal["channels_select"]
    initial_channel: str | None = None
    response_url_enabled: bool | None = None


class Overflow(Strict):
    type: Literal["overflow"]
    options: list[Option] = Field(min_length=1, max_length=5)
    action_id: ActionId | None = None
    confirm: Confirm | None = None


class _Listing(Strict):
    options: list[ListedOption] = Field(min_length=1, max_length=10)
    action_id: ActionId | None = None
    confirm: Confirm | None = None
    focus_on_load: bool | None = None


class RadioButtons(_Listing):
    type: Literal["radio_buttons"]
    initial_option: ListedOption | None = None


class Checkboxes(_Listing):
    type: Literal["checkboxes"]
    initial_options: list[ListedOption] | None = Field(None, min_length=1)


class PlainTextInput(Strict):
    type: Literal["plain_text_input"]
    action_id: ActionId | None = None
    initial_value: str | None = Field(None, max_length=3000)
    multiline: bool | None = None
    min_length: int | None = Field(None, ge=0, le=3000)
    max_length: int | None = Field(None, ge=1, le=3000)
    dispatch_action_config: Dispatch | None = None
    focus_on_load: bool | None = None
    placeholder: Plain150 | None = None


class NumberInput(Strict):
    type: Literal["number_input"]
    is_decimal_allowed: bool
    action_id: ActionId | None = None
    initial_value: Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$")] | None = None
    min_value: str | None = None
    max_value: str | None = None
    dispatch_action_config: Dispatch | None = None
    focus_on_load: bool | None = None
    placeholder: Plain150 | None = None


Menu = StaticSelect | ExternalSelect | UsersSelect | ConversationsSelect | ChannelsSelect | Overflow | MultiStaticSelect
ActionElement = Annotated[Button | Menu | RadioButtons | Checkboxes, Field(discriminator="type")]
Accessory = Annotated[Button | Menu | RadioButtons | Checkboxes | Image, Field(discriminator="type")]
InputElement = Annotated[
    PlainTextInput
    | NumberInput
    | StaticSelect
    | MultiStaticSelect
    | ExternalSelect
    | UsersSelect
    | ConversationsSelect
    | ChannelsSelect
    | RadioButtons
    | Checkboxes,
    Field(discriminator="type"),
]
