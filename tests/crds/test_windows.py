"""Windows: the cache's bytes a token are those of the published models, and memory that is short is told."""

import pytest

from crds.gpu_memory import CLASSES_GB, several
from crds.open_models import OPEN_MODELS, find
from crds.windows import GIB, bytes_per_token, estimate, prompt_budget, published_window, weights_bytes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Qwen/Qwen2.5-Coder-7B-Instruct", 57_344),
        ("Qwen/Qwen2.5-Coder-14B-Instruct", 196_608),
        ("Qwen/Qwen2.5-Coder-32B-Instruct", 262_144),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", 98_304),
        ("meta-llama/Llama-3.1-8B-Instruct", 131_072),
        ("meta-llama/Llama-3.3-70B-Instruct", 327_680),
        ("deepseek-ai/DeepSeek-V3", 70_272),  # 61 · (512 + 64) · 2: the latent, not 128 heads
        ("openai/gpt-oss-20b", 24_576),  # half of the layers slide and do not count
        ("ibm-granite/granite-20b-code-instruct-8k", 26_624),  # one head for all
    ],
)
def test_a_token_takes_what_the_published_shape_says(name: str, expected: int) -> None:
    found = find(name)
    assert found is not None
    assert bytes_per_token(found[0]) == expected


@pytest.mark.parametrize(
    ("name", "gib"),
    [
        ("Qwen2.5-Coder-7B-Instruct", 14.2),  # 15.2 GB of safetensors
        ("Qwen2.5-Coder-32B-Instruct-AWQ", 18.0),  # 19.3 GB
        ("Qwen2.5-Coder-7B-Instruct-AWQ", 5.2),  # 5.6 GB
        ("gpt-oss:120b", 60.8),
    ],
)
def test_weights_are_as_large_as_the_published_files(name: str, gib: float) -> None:
    found = find(name)
    assert found is not None
    assert weights_bytes(*found) / GIB == pytest.approx(gib, rel=0.03)


@pytest.mark.parametrize(
    ("said", "page", "weights"),
    [
        ("qwen2.5-coder:32b", "Qwen/Qwen2.5-Coder-32B-Instruct", "bf16"),
        ("qwen2.5-coder:14b-instruct-q4_K_M", "Qwen/Qwen2.5-Coder-14B-Instruct", "int4"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct-FP8", "Qwen/Qwen3-Coder-30B-A3B-Instruct", "fp8"),
        ("qwen3-coder:30b", "Qwen/Qwen3-Coder-30B-A3B-Instruct", "bf16"),
        ("gpt-oss:20b", "openai/gpt-oss-20b", "mxfp4"),
        ("deepseek-ai/DeepSeek-V3", "deepseek-ai/DeepSeek-V3", "fp8"),
        ("codestral-22b", "mistralai/Codestral-22B-v0.1", "bf16"),
    ],
)
def test_models_are_found_by_the_names_that_servers_give_them(said: str, page: str, weights: str) -> None:
    found = find(said)
    assert found is not None
    assert (found[0].page, found[1]) == (page, weights)


@pytest.mark.parametrize("name", ["", "qwen", "claude-sonnet-5-5", "Qwen2.5-Coder-1.5B", "some-local-model"])
def test_a_name_that_is_none_of_them_finds_nothing(name: str) -> None:
    assert find(name) is None


def test_every_model_is_found_by_its_own_page() -> None:
    assert [found[0] for model in OPEN_MODELS if (found := find(model.page))] == list(OPEN_MODELS)


def test_a_32b_model_needs_more_than_one_48_gb_card_unless_it_is_quantised() -> None:
    whole = estimate("Qwen2.5-Coder-32B-Instruct", "48GB")
    assert (whole.by_memory, whole.window) == (0, 0)
    assert whole.lacking_bytes / GIB == pytest.approx(26.7, abs=0.5)
    small = estimate("Qwen2.5-Coder-32B-Instruct-AWQ", "48GB")
    assert small.lacking_bytes == 0
    # (48·0.93·0.9 GiB − 1.02·W·1.05 − 2.3 GiB) / 256 KiB
    assert small.by_memory == pytest.approx((48 * 0.93 * 0.9 - 1.02 * 18.0 * 1.05 - 2.3) * 4096, rel=0.02)
    assert small.window == 32_768


def test_the_window_is_the_models_own_where_memory_allows_more() -> None:
    large = estimate("gpt-oss:120b", "H200")
    assert large.by_memory > large.native == large.window == 131_072


def test_a_latent_is_kept_by_each_of_several_gpus() -> None:
    one, eight = estimate("DeepSeek-V3", "141GB"), estimate("DeepSeek-V3", "8x141GB")
    assert eight.bytes_per_token == 8 * one.bytes_per_token
    assert estimate("Qwen2.5-Coder-32B", "8x80GB").bytes_per_token == 262_144
    assert estimate("Qwen2.5-Coder-32B", "16x80GB").bytes_per_token == 2 * 262_144


def test_more_memory_never_means_a_smaller_window() -> None:
    for model in OPEN_MODELS:
        windows = [estimate(model.page, f"{size}GB").window for size in CLASSES_GB]
        assert windows == sorted(windows)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("80GB", (1, 76185)),
        ("2x80GB", (2, 76185)),
        ("79Gi", (1, 80896)),
        ("H100-80GB", (1, 81559)),
        ("4xL4", (4, 23034)),
    ],
)
def test_gpus_are_read_as_people_write_them(said: str, expected: tuple[int, int]) -> None:
    assert several(said) == expected


@pytest.mark.parametrize("said", ["", "a lot", "0x80GB", "99x80GB", "2x", "x80GB", "80GB; rm"])
def test_what_is_no_gpu_is_refused_in_words(said: str) -> None:
    with pytest.raises(ValueError, match=r"no (size|GPU|number)"):
        several(said)
    with pytest.raises(ValueError):
        estimate("gpt-oss:20b", said)


def test_published_windows_go_by_the_longest_name() -> None:
    assert published_window("claude-haiku-4-5-20251001") == 200_000
    assert published_window("claude-haiku-5-5") == 1_000_000
    assert published_window("claude-sonnet-5-5") == 1_000_000
    assert published_window("some-local-model") is None


def test_a_prompt_leaves_room_to_work_in_a_small_window() -> None:
    assert prompt_budget(32_000, window=None, overhead=3_000, tokens_per_count=1.0) == 32_000
    assert prompt_budget(32_000, window=1_000_000, overhead=3_000, tokens_per_count=1.25) == 25_600
    small = prompt_budget(32_000, window=32_768, overhead=3_000, tokens_per_count=1.0)
    assert small == int(0.6 * (32_768 - 8_192 - 3_000))
    assert prompt_budget(32_000, window=4_096, overhead=3_670, tokens_per_count=1.0) == 500
