"""In how many bits a model's weights are stored, by the kinds that servers and files name. Data; used by `windows.py`.

Files of llama.cpp (GGUF) and of MLX quantise the embedding and the output matrix as well; all others leave those two
at 16 bits.
"""

from typing import Literal

Weights = Literal[
    "bf16", "fp8", "int4", "mxfp4", "nvfp4",
    "q2_k", "q3_k_s", "q3_k_m", "q3_k_l", "iq3_m", "iq4_xs", "q4_0", "q4_1", "q4_k_s", "q4_k_m",
    "q5_0", "q5_1", "q5_k_s", "q5_k_m", "q6_k", "q8_0",
    "mlx3", "mlx4", "mlx5", "mlx6", "mlx8",
]  # fmt: skip

_LAYERS: dict[Weights, float] = {"bf16": 16.0, "fp8": 8.0, "int4": 4.16, "mxfp4": 4.25, "nvfp4": 4.5}
"""Bits of one parameter of a matrix; int4 has a scale and a zero point for each 128, mxfp4 and nvfp4 a scale of 8 bits
for each 32 and each 16."""

_WHOLE: dict[Weights, float] = {
    # Bits per weight of Llama-3.1-8B: llama.cpp, tools/quantize/README.md. Where that table has no row, from the GiB
    # that tools/quantize/quantize.cpp gives for Llama-3-8B, which has 8.03 · 10⁹ parameters.
    "q2_k": 3.1593, "q3_k_s": 3.6429, "q3_k_m": 4.0, "q3_k_l": 4.2979, "iq3_m": 3.7628, "iq4_xs": 4.4597,
    "q4_0": 4.65, "q4_1": 5.12, "q4_k_s": 4.6672, "q4_k_m": 4.8944, "q5_0": 5.58, "q5_1": 6.05, "q5_k_s": 5.5704,
    "q5_k_m": 5.7036, "q6_k": 6.5633, "q8_0": 8.5008,
    # MLX has a scale and a bias of 16 bits for each 64 (`"group_size": 64` in its config.json).
    "mlx3": 3.5, "mlx4": 4.5, "mlx5": 5.5, "mlx6": 6.5, "mlx8": 8.5,
}  # fmt: skip

BITS: dict[Weights, float] = _LAYERS | _WHOLE


def whole(weights: Weights) -> bool:
    """Whether its bits are those of the whole model, embedding and output matrix too."""
    return weights in _WHOLE


def of_llama_cpp(weights: Weights) -> bool:
    """Whether it is a kind that llama.cpp, or Ollama, which runs it, has to serve."""
    return weights in _WHOLE and not weights.startswith("mlx")
