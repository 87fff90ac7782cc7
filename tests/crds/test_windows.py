"""Windows: the cache's bytes a token are those of the published models, and memory that is short is told."""

import pytest

from crds.gpu_cards import CARDS, several
from crds.gpu_memory import CLASSES_GB
from crds.model_names import find, of_ollama
from crds.open_models import OPEN_MODELS
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
        # What llama.cpp has published of Llama 3.1: 4.9 and 43.1 GB as Q4_K_M.
        ("llama3.1:8b", 4.58),
        ("llama3.3:70b", 40.1),
        ("Meta-Llama-3.1-8B-Instruct-Q3_K_M.gguf", 3.74),
        ("Meta-Llama-3.1-8B-Instruct-Q6_K.gguf", 6.14),
        ("Meta-Llama-3.1-8B-Instruct-GGUF:Q8_0", 7.95),
    ],
)
def test_weights_are_as_large_as_the_published_files(name: str, gib: float) -> None:
    found = find(name)
    assert found is not None
    assert weights_bytes(*found) / GIB == pytest.approx(gib, rel=0.03)


CODER_30B, CODER_32B = "Qwen/Qwen3-Coder-30B-A3B-Instruct", "Qwen/Qwen2.5-Coder-32B-Instruct"
GRANITE, LITE = "ibm-granite/granite-8b-code-instruct-128k", "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct"
LLAMA, LLAMA_70B = "meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"
CODESTRAL, DEVSTRAL = "mistralai/Codestral-22B-v0.1", "mistralai/Devstral-Small-2505"
DEVSTRAL_2 = "mistralai/Devstral-Small-2-24B-Instruct-2512"
MISTRAL = "mistralai/Mistral-Small-3.2-24B-Instruct-2506"


@pytest.mark.parametrize(
    ("said", "page", "weights"),
    [
        # Ollama: without a word on it, four bits.
        ("qwen2.5-coder:32b", CODER_32B, "q4_k_m"),
        ("qwen2.5-coder:14b-instruct-q4_K_M", "Qwen/Qwen2.5-Coder-14B-Instruct", "q4_k_m"),
        ("qwen2.5-coder:32b-instruct-fp16", CODER_32B, "bf16"),
        ("qwen3-coder:30b", CODER_30B, "q4_k_m"),
        ("qwen3-coder:30b-a3b-q8_0", CODER_30B, "q8_0"),
        ("qwen3-coder", CODER_30B, "q4_k_m"),
        ("qwen3-coder:latest", CODER_30B, "q4_k_m"),
        ("qwen3:32b", "Qwen/Qwen3-32B", "q4_k_m"),
        ("devstral", DEVSTRAL, "q4_k_m"),
        ("devstral:24b", DEVSTRAL, "q4_k_m"),
        ("devstral:24b-small-2505-q8_0", DEVSTRAL, "q8_0"),
        ("devstral-small-2:24b", DEVSTRAL_2, "q4_k_m"),
        ("llama3.1:8b", LLAMA, "q4_k_m"),
        ("llama3.3:70b", LLAMA_70B, "q4_k_m"),
        ("deepseek-coder-v2:16b", LITE, "q4_k_m"),
        ("deepseek-v3.1:671b", "deepseek-ai/DeepSeek-V3.1", "q4_k_m"),
        ("mistral-small3.2:24b", MISTRAL, "q4_k_m"),
        ("granite-code:8b", GRANITE, "q4_k_m"),
        ("codestral", CODESTRAL, "q4_k_m"),
        ("gpt-oss", "openai/gpt-oss-20b", "mxfp4"),
        ("gpt-oss:20b", "openai/gpt-oss-20b", "mxfp4"),
        # Files of llama.cpp.
        ("unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF:Q4_K_M", CODER_30B, "q4_k_m"),
        ("unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF", CODER_30B, "q4_k_m"),
        ("hf.co/unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF:UD-Q4_K_XL", CODER_30B, "q5_k_s"),
        ("Qwen_Qwen3-32B-Q5_K_M.gguf", "Qwen/Qwen3-32B", "q5_k_m"),
        ("/models/qwen2.5-coder-32b-instruct-q6_k-00001-of-00003.gguf", CODER_32B, "q6_k"),
        ("Devstral-Small-2507-IQ4_XS.gguf", DEVSTRAL, "iq4_xs"),
        ("unsloth/gpt-oss-20b-GGUF:F16", "openai/gpt-oss-20b", "mxfp4"),
        # Pages of Hugging Face, as vLLM and SGLang serve them.
        ("Qwen/Qwen2.5-Coder-32B-Instruct-AWQ", CODER_32B, "int4"),
        ("Qwen/Qwen2.5-Coder-32B-Instruct-GPTQ-Int4", CODER_32B, "int4"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct-FP8", CODER_30B, "fp8"),
        ("RedHatAI/Kimi-K2-Instruct-quantized.w4a16", "moonshotai/Kimi-K2-Instruct", "int4"),
        ("deepseek-ai/DeepSeek-V3", "deepseek-ai/DeepSeek-V3", "fp8"),
        ("deepseek-ai/DeepSeek-R1-0528", "deepseek-ai/DeepSeek-R1", "fp8"),
        ("zai-org/GLM-4.6-FP8", "zai-org/GLM-4.6", "fp8"),
        ("MiniMaxAI/MiniMax-M2", "MiniMaxAI/MiniMax-M2", "fp8"),
        ("Qwen/Qwen3-Coder-Next", "Qwen/Qwen3-Coder-Next", "bf16"),
        ("codestral-22b", CODESTRAL, "bf16"),
        # MLX.
        ("mlx-community/Qwen3-Coder-30B-A3B-Instruct-4bit", CODER_30B, "mlx4"),
        ("Qwen2.5-Coder-32B-Instruct-MLX-8bit", CODER_32B, "mlx8"),
    ],
)
def test_models_are_found_by_the_names_that_servers_give_them(said: str, page: str, weights: str) -> None:
    found = find(said)
    assert found is not None
    assert (found[0].page, found[1]) == (page, weights)


@pytest.mark.parametrize(
    "name",
    [
        "", "qwen", "claude-sonnet-5-5", "Qwen2.5-Coder-1.5B", "some-local-model", "deepseek-r1:8b", "-gguf", ".gguf",
        "DeepSeek-R1-Distill-Llama-70B", "qwen3-coder:480b-cloud", "q4_k_m", "GLM-4.6-Int4-Int8Mix", "-instruct" * 9999,
    ],
)  # fmt: skip
def test_a_name_that_is_none_of_them_finds_nothing(name: str) -> None:
    assert find(name) is None


@pytest.mark.parametrize(
    ("name", "ollamas"),
    [
        ("qwen3-coder:30b", True),
        ("devstral", True),
        ("hf.co/unsloth/Qwen3-32B-GGUF:Q4_K_M", True),
        ("unsloth/Qwen3-32B-GGUF:Q4_K_M", False),
        ("codestral-22b", False),
        ("Qwen/Qwen3-Coder-Next", False),
    ],
)
def test_ollamas_names_are_told_from_others(name: str, ollamas: bool) -> None:
    assert of_ollama(name) is ollamas


def test_every_model_is_found_by_its_own_page() -> None:
    assert [found[0] for model in OPEN_MODELS if (found := find(model.page))] == list(OPEN_MODELS)


def test_a_32b_model_needs_more_than_one_48_gb_card_unless_it_is_quantised() -> None:
    whole = estimate("Qwen2.5-Coder-32B-Instruct", "48GB")
    assert (whole.by_memory, whole.window) == (0, 0)
    assert whole.lacking_bytes / GIB == pytest.approx(26.7, abs=0.5)
    small = estimate("Qwen2.5-Coder-32B-Instruct-AWQ", "48GB")
    assert small.lacking_bytes == 0
    # (0.9 of the 46,068 MiB that an L40S has − 1.02·W·1.05 − 2.3 GiB) / 256 KiB
    assert small.by_memory == pytest.approx((46_068 / 1024 * 0.9 - 1.02 * 18.0 * 1.05 - 2.3) * 4096, rel=0.02)
    assert small.window == 32_768


def test_what_is_published_to_run_on_a_card_runs_on_its_class() -> None:
    """gpt-oss-120b is made for one card of 80 GB."""
    for gpu in ("80GB", "H100", "80 gb", "NVIDIA-H100-80GB-HBM3"):
        assert estimate("openai/gpt-oss-120b", gpu).window == 124_253
    assert estimate("qwen2.5-coder:32b", "80GB").window == 32_768
    # Ollama keeps no tenth of the memory back, so that a model of 17.4 GiB and a little context go on 22.5.
    assert estimate("qwen3-coder:30b", "A10G").window == pytest.approx(5_900, abs=2_000)
    assert estimate("qwen3-coder:30b", "48GB").window > 200_000


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
        ("80GB", (1, 81559)),
        ("80gb", (1, 81559)),
        ("80 GB", (1, 81559)),
        ("80", (1, 81559)),
        ("2x80GB", (2, 81559)),
        ("2 x 80 gb", (2, 81559)),
        ("H100", (1, 81559)),
        ("2xH100", (2, 81559)),
        ("A100", (1, 40960)),
        ("A100-80GB", (1, 81920)),
        ("NVIDIA A100-SXM4-40GB", (1, 40960)),
        ("A10G", (1, 23028)),
        ("24GB", (1, 23028)),
        ("T4", (1, 15360)),
        ("Tesla-T4", (1, 15360)),
        ("NVIDIA-H100-80GB-HBM3", (1, 81559)),
        # No card of this size is known: 0.93 of it.
        ("72GB", (1, 68567)),
        ("79Gi", (1, 80896)),
        ("H100-80GB", (1, 81559)),
        ("4xL4", (4, 23034)),
    ],
)
def test_gpus_are_read_as_people_write_them(said: str, expected: tuple[int, int]) -> None:
    assert several(said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "",
        "a lot",
        "0x80GB",
        "99x80GB",
        "2x",
        "x80GB",
        "80GB; rm",
        "0GB",
        "99999999GB",
        "1025GB",
        "0.5Gi",
        "H1000",
        "9" * 9999,
    ],
)
def test_what_is_no_gpu_is_refused_in_words(said: str) -> None:
    with pytest.raises(ValueError, match=r"no (size|GPU|number)"):
        several(said)
    with pytest.raises(ValueError):
        estimate("gpt-oss:20b", said)


def test_who_names_an_unknown_gpu_is_told_what_is_known() -> None:
    with pytest.raises(ValueError) as refused:
        several("H1000")
    assert str(refused.value).startswith("'H1000' is no GPU that is known here. Write a class (16GB, 24GB, ")
    assert all(name in str(refused.value) for name in CARDS)


def test_a_card_has_about_as_much_as_it_is_sold_with() -> None:
    assert all(0.93 <= card.mib / 1024 / card.gb <= 1.02 for card in CARDS.values())


def test_published_windows_go_by_the_longest_name() -> None:
    assert published_window("claude-haiku-4-5-20251001") == 200_000
    assert published_window("claude-haiku-5-5") == 1_000_000
    assert published_window("claude-sonnet-5-5") == 1_000_000
    assert published_window("some-local-model") is None


def test_a_prompt_leaves_room_to_work_in_a_small_window() -> None:
    assert prompt_budget(32_000, window=None, overhead=3_000, tokens_per_count=1.0) == 32_000
    assert prompt_budget(32_000, window=1_000_000, overhead=3_000, tokens_per_count=1.25) == 25_600
    small = prompt_budget(32_000, window=32_768, overhead=3_000, tokens_per_count=1.0)
    assert small == int(0.5 * (32_768 - 8_192 - 3_000 - 3_000))
    # Here the program summarises 13,000 tokens before an answer has no room: prompt and work get half of the rest each.
    middle = prompt_budget(32_000, window=64_000, overhead=3_000, tokens_per_count=1.0)
    assert middle == int(0.5 * (64_000 - 16_000 - 13_000 - 3_000))
    assert prompt_budget(32_000, window=4_096, overhead=3_670, tokens_per_count=1.0) == 500
