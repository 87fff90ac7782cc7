"""What people do with menus, inputs and views: the values that Slack makes of it, and what the app's answer does.

`interactions` carries it to the app; the verbs call both.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.standins.slack.interactions import opening
from bot.standins.slack.kit.check import checked_view
from bot.standins.slack.sending import Answer, Delivery
from bot.standins.slack.site import Site
from bot.standins.slack.strict import Refusal
from bot.standins.slack.web import views
from bot.standins.slack.world import Json, User, View

CHOSEN = {"users_select": "user", "conversations_select": "conversation", "channels_select": "channel"}
MANY = ("multi_static_select", "checkboxes")


def value_of(element: Json, value: str | list[str] | None) -> Json:
    """The state of an element once a person has chosen or typed this; ValueError where that is not offered."""
    kind = element["type"]
    if kind in ("plain_text_input", "number_input"):
        return {"type": kind, "value": value}
    if kind in CHOSEN:
        return {"type": kind, f"selected_{CHOSEN[kind]}": value}
    if kind in MANY:
        return {"type": kind, "selected_options": [_option(element, one) for one in value or []]}
    if kind == "external_select":
        text = {"type": "plain_text", "text": value, "emoji": True}
        return {"type": kind, "selected_option": {"text": text, "value": value} if value else None}
    return {"type": kind, "selected_option": _option(element, str(value)) if value is not None else None}


def _option(element: Json, value: str) -> Json:
    groups = [group["options"] for group in element.get("option_groups", [])]
    offered: list[Json] = element.get("options") or [one for group in groups for one in group]
    found = next((one for one in offered if value in (one["value"], one["text"]["text"])), None)
    if found is None:
        there = ", ".join(one["value"] for one in offered)
        raise ValueError(f"{value} is not offered; there is {there}")
    return found


def at_first(element: Json) -> Json:
    """The state of an element that nobody has touched."""
    kind = element["type"]
    if kind in ("plain_text_input", "number_input"):
        return {"type": kind, "value": element.get("initial_value")}
    if kind in MANY:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in CHOSEN:
        return {"type": kind, f"selected_{CHOSEN[kind]}": element.get(f"initial_{CHOSEN[kind]}")}
    return {"type": kind, "selected_option": element.get("initial_option")}


def fill(view: View, values: Mapping[str, str | list[str]]) -> None:
    """Types and chooses, by action id. A field that must be filled and is not keeps the view from being sent."""
    left = dict(values)
    state: Json = {}
    for block in view.content["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        given = left.pop(element["action_id"], None)
        found = at_first(element) if given is None else value_of(element, given)
        if not block.get("optional") and not any(found[name] for name in found if name != "type"):
            raise ValueError(f"{block['label']['text']}: please complete this field")
        state.setdefault(block["block_id"], {})[element["action_id"]] = found
    if left:
        raise LookupError(f"the view has no {', '.join(left)}")
    view.values, view.errors = state, {}


def submission(site: Site, user: User, view: View) -> Delivery:
    payload = opening(site, "view_submission", user, view=view.id)
    payload |= {"view": views.shown(site, view), "response_urls": []}
    return site.sender.queue(
        Delivery(
            kind="interactive",
            name="view_submission",
            payload=payload,
            answered=lambda answer: _submitted(site, view, answer),
            failed=lambda _: view.errors.update({"": "We had some trouble connecting. Try again?"}),
        )
    )


def closing(site: Site, user: User, view: View) -> None:
    """The app is told only where it has asked for that."""
    view.open = False
    if not view.content.get("notify_on_close"):
        return
    payload = opening(site, "view_closed", user) | {"view": views.shown(site, view), "is_cleared": False}
    del payload["trigger_id"]
    site.sender.queue(Delivery(kind="interactive", name="view_closed", payload=payload))


def _submitted(site: Site, view: View, answer: Answer) -> None:
    """An empty answer closes the view; another says what to do with it."""
    if not answer:
        view.open = False
        return
    action = answer.get("response_action") if isinstance(answer, dict) else None
    try:
        _act(site, view, str(action), answer if isinstance(answer, dict) else {})
    except (Refusal, KeyError) as fault:
        reason = fault.violation or fault.error if isinstance(fault, Refusal) else f"without {fault}"
        site.violate("view_submission", f"answered {action}: {reason}")


def _act(site: Site, view: View, action: str, answer: Json) -> None:
    match action:
        case "errors":
            inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
            if not answer["errors"] or not set(answer["errors"]) <= inputs:
                raise Refusal("errors for blocks that are no inputs of the view")
            view.errors = dict(answer["errors"])
        case "update":
            views.changed(site, view, checked_view(answer["view"]))
        case "push":
            owner = site.world.users[view.user]
            views.made(site, owner.id, checked_view(answer["view"]), under=view)
        case "clear":
            for one in site.world.views.values():
                one.open = one.open and one.root != view.root
        case _:
            raise Refusal("no such response_action")
