"""The two model classes every word of the vocabulary is made of, and the field types with the bounds a CRD needs.

Called by the modules beside it. A `Resource` part is lenient when read (another platform's operator may have written
fields we do not know) while a `Message` is strict: it travels between the bot and its own runner.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel


class Part(BaseModel):
    """A part of a custom resource: camelCase outside, frozen, unknown fields ignored on read."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
        frozen=True,
        extra="ignore",
    )

    def document(self) -> dict[str, Any]:
        """The part as it stands in a resource: camelCase keys, absent values left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Message(BaseModel):
    """What the bot and the runner say to each other: snake_case, frozen, unknown fields refused."""

    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True, extra="forbid")


def _a_moment(text: str) -> str:
    """The text, where it is a time with its zone; ValueError otherwise."""
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time without a zone is no moment")
    return text


Name = Annotated[str, StringConstraints(max_length=253)]
Line = Annotated[str, StringConstraints(max_length=1024)]
Text = Annotated[str, StringConstraints(max_length=65536)]
Url = Annotated[str, StringConstraints(max_length=2048)]
Branch = Annotated[str, StringConstraints(max_length=255)]
Quantity = Annotated[
    str, StringConstraints(max_length=32, pattern=r"^[0-9]+(\.[0-9]{1,3})?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$")
]
LabelValue = Annotated[str, StringConstraints(max_length=63, pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$")]
Moment = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_a_moment),
    Field(json_schema_extra={"format": "date-time"}),
]
