"""What the model's server holds: the session is told of its own model, whatever else the server lists."""

from typing import Any

import pytest

from bot.gateway.served import listed
from tests.gateway.conftest import World, order

Json = dict[str, Any]


async def rows(world: World) -> list[Json]:
    headers = {"Authorization": f"Bearer {world.token}"}
    async with world.http.get(f"{world.url}/model/team/fix-1/v1/models", headers=headers) as response:
        assert response.status == 200
        found: list[Json] = (await response.json())["data"]
        return found


async def window(world: World) -> tuple[int, str] | None:
    """Tokens of the session's model, and how they are known."""
    row = (await rows(world))[0]
    return (row["max_model_len"], row["window_source"]) if "max_model_len" in row else None


async def told(world: World, model: str, lists: Json, **answers: object) -> tuple[int, str] | None:
    """What the session is told by a server that answers like this."""
    await world.ordered(order(model, usd=None, tokens=50_000))
    world.model.lists = lists
    world.model.answers = {f"/{path.replace('_', '/')}": answer for path, answer in answers.items()}
    return await window(world)


async def test_a_served_models_window_is_passed_on_and_asked_for_once(world: World) -> None:
    await world.ordered(order("qwen3-coder", usd=None, tokens=50_000))
    secret = {"id": "somebody-elses", "max_model_len": 9}
    world.model.lists = {"data": [{"id": "qwen3-coder", "max_model_len": 40_960, "root": "/secret/path"}, secret]}
    for _ in range(2):
        assert await window(world) == (40_960, "listed")
        assert "secret" not in str(await rows(world))
        assert "somebody-elses" not in str(await rows(world))
    assert world.model.paths == ["/v1/models"]


async def test_a_server_that_does_not_say_is_no_trouble(world: World) -> None:
    assert await told(world, "qwen3-coder", {"error": "what?"}) is None
    assert await window(world) is None
    assert world.model.paths == ["/v1/models", "/api/ps", "/props"], "each was asked once"


async def test_llama_cpp_says_what_a_request_may_have_and_not_what_the_model_was_trained_for(world: World) -> None:
    """As its server/README.md has `/props`, and as it lists its model."""
    meta = {"vocab_type": 2, "n_vocab": 151_936, "n_ctx_train": 262_144, "n_embd": 2048, "size": 18_556_000_000}
    lists = {"object": "list", "data": [{"id": "coder.gguf", "object": "model", "owned_by": "llamacpp", "meta": meta}]}
    properties = {"default_generation_settings": {"id": 0, "n_ctx": 32_768}, "total_slots": 4, "model_path": "/m/coder"}
    assert await told(world, "coder.gguf", lists, props=properties) == (32_768, "llama.cpp")
    assert world.model.paths == ["/v1/models", "/props"]


async def test_a_newer_llama_cpp_lists_it(world: World) -> None:
    lists = {"data": [{"id": "coder", "owned_by": "llamacpp", "meta": {"n_ctx": 16_384, "n_ctx_train": 262_144}}]}
    assert await told(world, "coder", lists) == (16_384, "listed")
    assert world.model.paths == ["/v1/models"]


OLLAMA = {"object": "list", "data": [{"id": "qwen3-coder:30b", "object": "model", "created": 1, "owned_by": "library"}]}
SHOWN = {
    "parameters": 'temperature 0.7\nstop "<|im_end|>"',
    "details": {"format": "gguf", "quantization_level": "Q4_K_M"},
    "model_info": {"general.architecture": "qwen3moe", "qwen3moe.context_length": 262_144},
}


def running(context: int | None, name: str = "qwen3-coder:30b") -> Json:
    """As Ollama's `/api/ps` has it; older versions without the context."""
    row = {"name": name, "model": name, "size": 1, "size_vram": 1, "expires_at": "2026-11-30T12:00:00Z"}
    return {"models": [row | ({"context_length": context} if context else {})]}


async def test_ollama_says_with_how_much_it_has_loaded_a_model(world: World) -> None:
    assert await told(world, "qwen3-coder:30b", OLLAMA, api_ps=running(65_536)) == (65_536, "ollama")
    assert world.model.paths == ["/v1/models", "/api/ps"]


async def test_a_name_without_a_tag_is_ollamas_latest(world: World) -> None:
    found = await told(world, "qwen3-coder", OLLAMA, api_ps=running(32_768, "qwen3-coder:latest"))
    assert found == (32_768, "ollama")


async def test_ollama_is_let_load_a_model_for_only_then_it_decides(world: World) -> None:
    loads: list[Json] = []

    def generate(asked: Json) -> Json:
        loads.append(asked)
        return {"model": asked["model"], "response": "", "done": True, "done_reason": "load"}

    def ps(_: object) -> Json:
        return running(32_768) if loads else {"models": []}

    answers: Json = {"api_ps": ps, "api_show": lambda _: SHOWN, "api_generate": generate}
    assert await told(world, "qwen3-coder:30b", OLLAMA, **answers) == (32_768, "ollama")
    assert loads == [{"model": "qwen3-coder:30b", "stream": False}], "nothing is generated"
    assert world.model.paths == ["/v1/models", "/api/ps", "/api/show", "/api/generate", "/api/ps"]


async def test_a_models_own_num_ctx_is_what_ollama_gives_it_at_most(world: World) -> None:
    shown = SHOWN | {"parameters": "num_ctx                        48000\ntemperature 0.7"}
    found = await told(world, "qwen3-coder:30b", OLLAMA, api_ps={"models": []}, api_show=shown)
    assert found == (48_000, "ollama-set")
    assert "/api/generate" not in world.model.paths, "there is nothing to find out by loading it"


@pytest.mark.parametrize("ps", [running(None), {"models": []}])
async def test_of_an_ollama_that_does_not_say_the_least_is_taken_for_granted(world: World, ps: Json) -> None:
    """What is over would be cut off without a word: a small prompt is better than one without its beginning."""
    assert await told(world, "qwen3-coder:30b", OLLAMA, api_ps=ps, api_show=SHOWN) == (4_096, "ollama-assumed")


async def test_ollamas_cloud_gives_all_that_a_model_has(world: World) -> None:
    shown = SHOWN | {"remote_host": "https://ollama.com:443", "remote_model": "qwen3-coder:480b"}
    found = await told(world, "qwen3-coder:480b-cloud", OLLAMA, api_ps={"models": []}, api_show=shown)
    assert found == (262_144, "ollama")
    assert "/api/generate" not in world.model.paths


async def test_a_model_that_ollama_does_not_have_has_no_window(world: World) -> None:
    assert await told(world, "nobodys", OLLAMA, api_ps={"models": []}) is None


async def test_a_model_for_side_jobs_is_not_loaded_to_learn_its_window(world: World) -> None:
    ordered = order("claude-sonnet-4-5").model_copy(update={"small_model": "qwen3-coder:30b"})
    await world.ordered(ordered)
    world.model.lists, world.model.answers = OLLAMA, {"/api/ps": {"models": []}, "/api/show": SHOWN}
    assert "max_model_len" not in str(await rows(world))
    assert world.model.paths == ["/v1/models"]


async def test_an_answer_that_is_too_long_says_nothing(world: World) -> None:
    assert await told(world, "a", {"data": [{"id": "a", "max_model_len": 8192}], "x": "x" * (5 << 20)}) is None


@pytest.mark.parametrize(
    "odd", [[], "x", {"models": 3}, {"models": [3, {"name": 3, "context_length": "9"}]}, {"n": "["}]
)
async def test_odd_answers_say_nothing(world: World, odd: object) -> None:
    show: Json = {
        "model_info": {"x.context_length": -1},
        "parameters": "num_ctx x\nnum_ctx ²\nnum_ctx 0\nnum_ctx " + "9" * 5000,
    }
    found = await told(world, "a", OLLAMA, api_ps=odd, api_show=show, api_generate=odd, props=odd)
    assert found in (None, (4_096, "ollama-assumed"))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b'{"data": [{"id": "a", "max_model_len": 8192}]}', {"a": 8192}),
        (b'{"data": [{"id": "a", "max_input_tokens": 200000, "type": "model"}]}', {"a": 200_000}),
        (b'{"data": [{"id": "a", "max_model_len": true}, {"id": 7, "max_model_len": 5}, 3]}', {}),
        (b'{"data": [{"id": "a", "max_model_len": -1}, {"id": "b", "max_model_len": 1e9}]}', {}),
        (b'{"data": [{"id": "a", "meta": {"n_ctx_train": 9}}, {"id": "b", "meta": "n_ctx"}]}', {}),
        (b'{"object": "list"}', {}),
        (b"<html>", {}),
        (b"[" * 100_000, {}),
    ],
)
def test_a_list_is_read_as_servers_write_it(document: bytes, expected: dict[str, int]) -> None:
    assert listed(document) == expected
