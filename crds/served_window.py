"""How many tokens a model's server gives a model, and how that is known. Said by the gateway, read by the runner."""

from typing import Annotated, Literal

from pydantic import Field

from crds.schema import Message

Source = Literal["listed", "llama.cpp", "ollama", "ollama-set", "ollama-assumed"]
"""Its list of models; llama.cpp's properties; the model as Ollama has loaded it; the model's own `num_ctx` at Ollama;
Ollama's smallest default, because it says nothing."""

MOST_TOKENS = 100_000_000
OLLAMA_LEAST = 4096
"""What Ollama gives below 24 GiB of VRAM (docs/context-length.mdx), and what its versions gave that do not say
(docs/faq.mdx). More is cut off at the front without a word (ollama/ollama issues 3839 and 17427)."""


class ServedWindow(Message):
    tokens: Annotated[int, Field(ge=1, le=MOST_TOKENS)]
    source: Source = "listed"
