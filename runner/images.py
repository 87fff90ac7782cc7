"""Fetches the bytes of the order's images from the bot, each by its hash. For `session.py`, beside the clone.

The pod has no token of the forge, so the bot has fetched them. An image is worth no failed session: one whose bytes are
not to be had is only named, with its reason in the receipt.
"""

import asyncio
from collections.abc import Mapping
from hashlib import sha256

from crds.images import OrderedImage
from crds.work_order import WorkOrder
from runner.bot_api import BotApi
from runner.endings import PrerequisiteFailed
from runner.first_message import Attached

NOT_HAD = "only named: its bytes were not to be had from the bot"


async def with_images(order: WorkOrder, api: BotApi) -> tuple[WorkOrder, Mapping[int, Attached]]:
    """The order as far as its images are to be had, and those by their numbers."""
    wanted = [one for one in order.images if one.digest]
    found = {one.number: one for one in await asyncio.gather(*(_had(one, api) for one in wanted)) if one}
    images = [one if not one.digest or one.number in found else _not_had(one) for one in order.images]
    return order.model_copy(update={"images": tuple(images)}), found


def _not_had(one: OrderedImage) -> OrderedImage:
    return one.model_copy(update={"digest": "", "reason": NOT_HAD})


async def _had(one: OrderedImage, api: BotApi) -> Attached | None:
    try:
        data = await api.image(one.digest)
    except PrerequisiteFailed:
        return None
    if sha256(data).hexdigest() != one.digest or one.media_type is None:
        return None
    return Attached(one.number, one.media_type, data)
