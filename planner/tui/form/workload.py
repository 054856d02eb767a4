"""What is asked about one kind of work: the form behind a line of the first question."""

from __future__ import annotations

from typing import Any, Final

from planner.tui.form.fields import YES_NO, Field, Options

KINDS: Final[Options] = (
    ("classification", "classification"),
    ("extraction", "extraction"),
    ("embedding", "embeddings"),
    ("summarisation", "summarisation"),
    ("customer_text", "customer-facing text"),
    ("rag", "answers from documents (RAG)"),
    ("reasoning", "reasoning"),
    ("agent", "agents, tool use"),
    ("coding", "coding"),
    ("multilingual", "multilingual generation"),
    ("long_context", "long context"),
    ("vision", "vision"),
    ("other", "other"),
)


def workload_fields(index: int) -> tuple[Field, ...]:
    """Fields of the form that edits the workload at `index`."""

    def field(name: str, label: str, codec: str, why: str, **more: Any) -> Field:
        return Field(("workload", index, name), label, codec, why, **more)

    share = {"default": 0.0, "low": 0.0, "high": 1.0, "bounds": "between 0 and 100 %"}
    count = {"low": 0.0, "bounds": "zero or more"}
    return (
        field("name", "Name", "text", "How you will recognise it in the tables."),
        field(
            "kind",
            "Kind",
            "pick",
            "Bulk classification, extraction, embeddings and simple summaries lean to self-hosting; reasoning, agents "
            "and customer-facing text lean to the API.",
            default="other",
            options=KINDS,
        ),
        field(
            "volume",
            "Volume a day",
            "volume",
            "Input plus output tokens on a mean day: 6M. Or 12k requests. Or what it costs today: $8k a month.",
            default_words="6M, 12k requests or $8k a month",
        ),
        field(
            "input_tokens",
            "Input tokens",
            "number",
            "Mean prompt of one request, system prompt and documents included.",
            **count,
        ),
        field(
            "output_tokens",
            "Output tokens",
            "number",
            "Mean answer of one request with thinking on: it is billed as output.",
            **count,
        ),
        field(
            "cached_input_fraction",
            "Cached input",
            "fraction",
            "Share of the prompt read from a cache, at a tenth of the price on most APIs. Agents reach 95 %.",
            **share,
        ),
        field(
            "cache_write_fraction",
            "Cache writes",
            "fraction",
            "Share of the prompt written to a cache, billed above the input price where there is such a price.",
            **share,
        ),
        field(
            "batch_fraction",
            "In batches today",
            "fraction",
            "Share already sent through a batch tier, at half price on most APIs.",
            **share,
        ),
        field(
            "latency",
            "Someone waits?",
            "choice",
            "Background work may wait for a free hour or a batch tier; interactive work needs a spare and headroom.",
            default="interactive",
            options=(("interactive", "interactive"), ("background", "background")),
        ),
        field(
            "level",
            "Level it needs",
            "choice",
            "Routine: small models do it. Solid: most good models do. Frontier: only the best do. Decides which open "
            "models may be tried before an evaluation is on record.",
            default="solid",
            options=(("routine", "routine"), ("solid", "solid"), ("frontier", "frontier")),
        ),
        field(
            "resident",
            "Under residency?",
            "tristate",
            "Whether the answer to question 5 covers this work.",
            default=None,
            options=(("as the plan", "as the plan"), ("yes", "yes"), ("no", "no")),
        ),
        field(
            "needs_vision",
            "Reads images?",
            "flag",
            "Only models that see images come into question.",
            default=False,
            options=YES_NO,
        ),
        field(
            "max_context",
            "Longest request",
            "whole",
            "Longest prompt plus answer it must take. Every replica must hold at least one.",
            optional=True,
            default_words="twice the mean",
            low=1,
            bounds="above zero",
        ),
        field(
            "api_model",
            "Runs on today",
            "pick",
            "If it is not the API model you compare the plan against.",
            optional=True,
            default_words="as the plan",
            source="apis",
        ),
        field(
            "route",
            "Where it goes",
            "pick",
            "Auto lets residency, quality, capability and cost decide; anything else overrides them and says so.",
            default="auto",
            options=(
                ("auto", "auto: residency, quality, cost decide"),
                ("self_host", "self-hosted"),
                ("api", "an API"),
                ("hosted_open", "a hosted open model"),
            ),
        ),
    )
