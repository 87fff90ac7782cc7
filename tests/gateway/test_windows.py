"""What the model's server holds: the session is told of its own model, whatever else the server lists."""

from typing import Any

import pytest

from bot.gateway.windows import windows
from tests.gateway.conftest import World, order


async def listed(world: World) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {world.token}"}
    async with world.http.get(f"{world.url}/model/team/fix-1/v1/models", headers=headers) as response:
        assert response.status == 200
        found: list[dict[str, Any]] = (await response.json())["data"]
        return found


async def test_a_served_models_window_is_passed_on_and_asked_for_once(world: World) -> None:
    await world.ordered(order("qwen3-coder", usd=None, tokens=50_000))
    secret = {"id": "somebody-elses", "max_model_len": 9}
    world.model.lists = {"data": [{"id": "qwen3-coder", "max_model_len": 40_960, "root": "/secret/path"}, secret]}
    for _ in range(2):
        rows = await listed(world)
        assert [(row["id"], row.get("max_model_len")) for row in rows if row["id"] == "qwen3-coder"] == [
            ("qwen3-coder", 40_960)
        ]
        assert "secret" not in str(rows)
        assert "somebody-elses" not in str(rows)
    assert world.model.paths == ["/v1/models"]


async def test_a_server_that_does_not_say_is_no_trouble(world: World) -> None:
    await world.ordered(order("qwen3-coder", usd=None, tokens=50_000))
    world.model.lists = {"error": "what?"}
    assert "max_model_len" not in str(await listed(world))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b'{"data": [{"id": "a", "max_model_len": 8192}]}', {"a": 8192}),
        (b'{"data": [{"id": "a", "max_input_tokens": 200000, "type": "model"}]}', {"a": 200_000}),
        (b'{"data": [{"id": "a", "max_model_len": true}, {"id": 7, "max_model_len": 5}, 3]}', {}),
        (b'{"data": [{"id": "a", "max_model_len": -1}, {"id": "b", "max_model_len": 1e9}]}', {}),
        (b'{"object": "list"}', {}),
        (b"<html>", {}),
        (b"[" * 100_000, {}),
    ],
)
def test_a_list_is_read_as_servers_write_it(document: bytes, expected: dict[str, int]) -> None:
    assert windows(document) == expected
