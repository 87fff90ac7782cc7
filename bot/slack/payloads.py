"""The shapes of Slack's payloads, as far as we read them. Made by hearing.py; fields that we do not need are ignored.

Everything here comes from outside: what does not fit a shape is a ValidationError, which hearing.py takes for a reason
to ignore the payload.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.slack.heard import ChannelType

Json = dict[str, Any]


class Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Identified(Payload):
    id: str
    name: str = ""


class Authorization(Payload):
    team_id: str | None = None
    user_id: str = ""
    is_bot: bool = True


class Edit(Payload):
    user: str = ""
    ts: str = ""


class Message(Payload):
    ts: str
    thread_ts: str | None = None
    user: str = ""
    text: str = ""
    blocks: tuple[Json, ...] = ()
    subtype: str | None = None
    bot_id: str | None = None
    edited: Edit | None = None
    team: str | None = None
    user_team: str | None = None


class Event(Message):
    """The event of an envelope, whichever message it is about."""

    type: Literal["message", "app_mention"]
    channel: str
    channel_type: ChannelType = ""
    ts: str = ""
    message: Message | None = None
    previous_message: Message | None = None


class Item(Payload):
    type: Literal["message"]
    channel: str
    ts: str


class Reaction(Payload):
    type: Literal["reaction_added", "reaction_removed"]
    user: str
    reaction: str
    item: Item
    item_user: str = ""


class Envelope(Payload):
    team_id: str
    authorizations: tuple[Authorization, ...] = ()
    is_ext_shared_channel: bool = False

    @property
    def team(self) -> str:
        """The workspace that the bot is installed in: of a shared channel, `team_id` may name the other side's."""
        return next((one.team_id for one in self.authorizations if one.team_id), self.team_id)

    @property
    def bot_user(self) -> str:
        return next((one.user_id for one in self.authorizations if one.is_bot), "")


class Spoken(Envelope):
    event: Event


class Reacting(Envelope):
    event: Reaction


class CommandFields(Payload):
    team_id: str
    channel_id: str
    channel_name: str = ""
    user_id: str
    text: str = ""
    response_url: str
    trigger_id: str
    command: str


class Option(Payload):
    value: str


class Action(Payload):
    type: str
    action_id: str
    block_id: str = ""
    value: str = ""
    selected_option: Option | None = None


class Container(Payload):
    message_ts: str
    thread_ts: str | None = None


class Interaction(Payload):
    team: Identified
    channel: Identified
    user: Identified
    response_url: str
    trigger_id: str


class BlockActions(Interaction):
    container: Container
    message: Message | None = None
    actions: tuple[Action, ...] = Field(min_length=1)


class MessageAction(Interaction):
    callback_id: str
    message: Message
