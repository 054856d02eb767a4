"""The questionnaire as a table: six steps, each with its fields, the reason for asking and the stated default.

One builder (`screens.questions_form`) makes widgets and validators from it. What is asked about one workload is in
`workload_questions`; nothing else about a question lives elsewhere.
"""

from __future__ import annotations

from typing import Final

from planner.tui.form.fields import YES_NO, YES_NO_UNKNOWN, Field, QuestionStep
from planner.tui.open_plan.session import FieldPath


def _answer(path: FieldPath, label: str, why: str, default_words: str) -> Field:
    return Field(path, label, "answer", why, default="unknown", default_words=default_words, options=YES_NO_UNKNOWN)


_GROWTH = Field(
    ("volume", "growth_per_month"),
    "Growth a month",
    "growth",
    "Compounds over the 12 months: 6 % a month doubles the volume in a year. A range such as 3 .. 6 .. 10 % widens "
    "the risk bands instead of hiding what you do not know.",
    default=0.0,
    default_words="no growth",
    low=-0.99,
    high=10,
    bounds="between -99 % and 1,000 %",
)
_PROFILE = Field(
    ("volume", "profile"),
    "Shape of the week",
    "pick",
    "Hardware is paid around the clock and sized for the busy hours. Office-hours traffic leaves a GPU idle most of "
    "the week, which is what usually decides against it.",
    default="office-hours",
    default_words="office hours",
    source="profiles",
)
_BASELINE = Field(
    ("volume", "baseline_api"),
    "Compare against",
    "pick",
    "The API model you pay today. Break-even depends on its price more than on anything else.",
    default="claude-sonnet-4-6",
    default_words="Claude Sonnet 4.6",
    source="apis",
)
_P95 = Field(
    ("volume", "p95_tokens_per_day"),
    "p95 tokens a day",
    "number",
    "The daily volume exceeded on one day in twenty over the next 12 months. Leave it empty and it is computed from "
    "growth, the shape of the week and day-to-day noise.",
    default_words="computed",
    optional=True,
    low=1,
    bounds="above zero",
)
_KNOWN = Field(
    ("volume", "known"),
    "These volumes are",
    "choice",
    "Guessed volumes are shown with a wider range, and the verdict then says that the cheapest next step is to "
    "measure them.",
    default="unknown",
    default_words="a guess",
    options=(("yes", "measured"), ("unknown", "a guess")),
)
_CURRENCY = Field(
    ("currency",),
    "Currency",
    "choice",
    "All money in the plan is shown in it, at the catalogue's dated exchange rate.",
    default="EUR",
    options=(("EUR", "EUR"), ("USD", "USD"), ("GBP", "GBP")),
)

STEPS: Final[tuple[QuestionStep, ...]] = (
    QuestionStep(
        "volume",
        "Volume",
        "What is my p95 token volume in the next 12 months?",
        "Below the break-even no self-hosting plan survives its fixed costs. Rule of thumb: 5M tokens a day against a "
        "Sonnet-class price, 20M against a Haiku-class one; the panel computes yours.",
        (_GROWTH, _PROFILE, _BASELINE, _KNOWN, _P95, _CURRENCY),
    ),
    QuestionStep(
        "quality",
        "Quality",
        "Is the work simple enough for an open model?",
        "Only a paired evaluation on your own prompts makes this a yes: within 10 % of the API model. Until then "
        "routes to open models are provisional.",
        (
            _answer(
                ("quality", "answer"),
                "Good enough?",
                "Your own opinion is recorded, and a no keeps the work on the API. A "
                "yes still waits for an evaluation.",
                "unproven until evaluated",
            ),
            Field(
                ("quality", "margin_fraction"),
                "Acceptable gap",
                "fraction",
                "How much worse, relative to the API model, an open model may score and still count as good enough.",
                default=0.10,
                low=0.001,
                high=0.999,
                bounds="above 0 and below 100 %",
            ),
        ),
    ),
    QuestionStep(
        "fine_tuning",
        "Fine-tune",
        "Do I need weights of my own?",
        "Fine-tuned weights are the one thing an API vendor rarely serves cheaply. If prompts do the job, they are not "
        "needed.",
        (
            _answer(
                ("fine_tuning", "answer"),
                "Own weights needed?",
                "A yes counts toward self-hosting, and the base model decides which GPUs come into question.",
                "taken as no",
            ),
            Field(
                ("fine_tuning", "base_model"),
                "Base model",
                "pick",
                "The open model that was or will be fine-tuned: its size sets the memory that every replica needs.",
                optional=True,
                default_words="any",
                source="models",
                shown_if=lambda plan: plan.fine_tuning.answer == "yes",
            ),
        ),
    ),
    QuestionStep(
        "operations",
        "Ops",
        "Can I run GPUs, or hire someone who can?",
        "People cost more than cards: 10-20 % of an engineer for good, weeks of set-up, and months of hiring during "
        "which the API bill goes on.",
        (
            _answer(
                ("operations", "gpu_experience"),
                "GPU experience?",
                "Somebody in the team has run an inference server in production and will be on call for it.",
                "taken as no",
            ),
            _answer(
                ("operations", "hiring_budget"),
                "Budget to hire?",
                "Without experience, one hire (€90-130k a year) and 3-6 months until the first GPU serves traffic.",
                "taken as no",
            ),
            Field(
                ("operations", "redundancy"),
                "If a GPU fails",
                "choice",
                "Interactive work needs something that takes over: a spare replica, or the API. Auto: the cheaper one "
                "that is allowed.",
                default="auto",
                options=(
                    ("auto", "auto"),
                    ("n_plus_1", "spare"),
                    ("api_spare", "API"),
                    ("none", "none"),
                ),
            ),
            Field(
                ("operations", "hardware"),
                "GPUs come from",
                "choice",
                "Own: bought servers, written off over the years set in Assumptions, plus colocation, power, spares. "
                "Either: whichever costs less over the 12 months.",
                default="rent",
                default_words="rented",
                options=(("rent", "rented"), ("own", "own"), ("either", "either")),
            ),
            Field(
                ("objectives", "ttft_ms_p95"),
                "First token, ms p95",
                "number",
                "How long a user waits before anything appears, on all but one request in twenty.",
                default=2000.0,
                low=1,
                bounds="above zero",
            ),
            Field(
                ("objectives", "tpot_ms"),
                "Each token, ms",
                "number",
                "50 ms a token is 20 tokens a second, faster than people read.",
                default=50.0,
                low=0.1,
                bounds="above zero",
            ),
            Field(
                ("choice", "allow_non_production"),
                "Spot, marketplace?",
                "flag",
                "Cheaper, and may vanish in minutes: consider such offers only for work that can wait.",
                default=False,
                options=YES_NO,
            ),
        ),
    ),
    QuestionStep(
        "residency",
        "Data",
        "Must the data stay inside?",
        "Legally or by contract, and only if zero-retention or regional endpoints were checked and do not satisfy. A "
        "rule of this kind decides the plan whatever it costs.",
        (
            _answer(
                ("residency", "answer"),
                "Must stay inside?",
                "A law, a regulator or a customer contract says so in writing.",
                "taken as no",
            ),
            Field(
                ("residency", "scope"),
                "What satisfies it",
                "choice",
                "If an endpoint in the EU will do, most APIs stay possible; if only machines of your own or rented "
                "ones will do, none does.",
                default="inside",
                options=(("region", "EU endpoint"), ("inside", "own machines")),
                shown_if=lambda plan: plan.residency.answer == "yes",
            ),
            _answer(
                ("residency", "zero_retention_checked"),
                "Endpoints checked?",
                "Yes: zero-retention endpoints were checked with legal and do not satisfy. Otherwise check them first: "
                "it is an email, not a data centre.",
                "taken as not checked",
            ),
            Field(
                ("residency", "company_in_eu"),
                "Company in the EU?",
                "flag",
                "Some open licences exclude companies in the EU.",
                default=False,
                options=YES_NO,
            ),
        ),
    ),
    QuestionStep(
        "rebenchmark",
        "Re-bench",
        "Will I re-benchmark every six months?",
        "Models and prices move. A self-hosted model that is never re-evaluated falls behind the API it replaced "
        "within a year.",
        (
            _answer(
                ("rebenchmark", "answer"),
                "Re-benchmark?",
                "About a week each time: evaluate the newest open and API models on "
                "your own prompts, and swap if it pays.",
                "taken as no",
            ),
        ),
    ),
)
