"""Records are the standard library's frozen data classes with slots in all that anybody can see."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planner.engine
from planner import records
from planner.engine.specs import Citation, Model
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A record with everything that is usual."""

    name: str
    sizes: tuple[int, ...]
    price: float | None = None
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def largest(self) -> int:
        return max(self.sizes)


@dataclasses.dataclass(frozen=True, slots=True)
class _Standard:
    name: str
    sizes: tuple[int, ...]
    price: float | None = None
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Word:
    """One field."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Unlike:
    """Equal to itself alone."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No field."""


def test_it_looks_like_the_standard_class() -> None:
    ours, theirs = Card("a", (1, 2)), _Standard("a", (1, 2))
    assert repr(ours) == repr(theirs).replace("_Standard", "Card")
    assert inspect.signature(Card).parameters.keys() == inspect.signature(_Standard).parameters.keys()
    assert Card.__match_args__ == _Standard.__match_args__
    assert Card.__slots__ == _Standard.__slots__
    assert (Card.__name__, Card.__qualname__, Card.__module__) == ("Card", "Card", __name__)
    assert "usual" in (Card.__doc__ or "")
    assert ours.largest == 2
    assert not hasattr(ours, "__dict__")


def test_the_functions_of_the_standard_library_take_it() -> None:
    card = Card("a", (1, 2), notes={"x": "y"})
    assert is_dataclass(card)
    assert [f.name for f in fields(Card)] == ["name", "sizes", "price", "notes"]
    assert [(f.name, f.type, f.default) for f in fields(Card)] == [
        (f.name, f.type, f.default) for f in fields(_Standard)
    ]
    assert replace(card, price=3.0) == Card("a", (1, 2), 3.0, {"x": "y"})
    assert asdict(card) == {"name": "a", "sizes": (1, 2), "price": None, "notes": {"x": "y"}}
    with pytest.raises(TypeError):
        replace(card, colour="red")  # type: ignore[call-arg]


@pytest.mark.parametrize("value", [Card("a", (1,), 2.0, {"x": "y"}), Word("w"), Nothing()])
def test_copies_and_pickles_are_equal(value: object) -> None:
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(value)) == value


def test_values_compare_by_their_fields() -> None:
    assert Card("a", (1,)) == Card("a", (1,))
    assert Card("a", (1,)) != Card("a", (2,))
    word: object = Word("w")
    assert word != Nothing()
    assert word != ("w",)
    assert hash(Word("w")) == hash(Word("w")) == hash(("w",))
    assert Nothing() == Nothing()
    assert Unlike("w") != Unlike("w")
    assert len({Unlike("w"), Unlike("w")}) == 2


def test_values_do_not_change() -> None:
    card: Any = Card("a", (1,))
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        card.name = "b"
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'name'"):
        del card.name


def test_wrong_arguments_are_told_by_name() -> None:
    make: Any = Card
    with pytest.raises(TypeError, match=r"Card\.__init__\(\) missing 1 required positional argument: 'sizes'"):
        make("a")
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        make("a", (1,), colour="red")
    with pytest.raises(TypeError, match="multiple values for argument 'name'"):
        make("a", (1,), name="b")


def test_every_value_has_a_default_of_its_own() -> None:
    @dataclass(frozen=True, slots=True)
    class Basket:
        things: list[str] = field(default_factory=list)

    assert Basket().things is not Basket().things
    assert Basket(["x"]).things == ["x"]


def test_what_is_rare_is_left_to_the_standard_library() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        text: str
        known: ClassVar[int] = 3
        hidden: str = field(default="", compare=False, repr=False)

        def __post_init__(self) -> None:
            if not self.text:
                raise ValueError

    assert Checked("a", "x") == Checked("a", "y")
    assert "hidden" not in repr(Checked("a"))
    with pytest.raises(ValueError, match=r"^$"):
        Checked("")

    @dataclass(slots=True)
    class Changing:
        text: str = ""

    changing = Changing()
    changing.text = "x"
    assert changing == Changing("x")


def test_mistakes_are_refused_as_by_the_standard_library() -> None:
    make: Any = dataclass(frozen=True, slots=True)
    with pytest.raises(TypeError, match="follows default argument"):
        make(type("Order", (), {"__annotations__": {"a": "int", "b": "int"}, "a": 1}))
    with pytest.raises(ValueError, match="mutable default"):
        make(type("Shared", (), {"__annotations__": {"a": "list"}, "a": []}))


RECORDS = sorted(
    {
        value
        for module in pkgutil.walk_packages(planner.engine.__path__, "planner.engine.")
        for value in vars(importlib.import_module(module.name)).values()
        if isinstance(value, type) and is_dataclass(value)
    },
    key=lambda record: (record.__module__, record.__qualname__),
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__qualname__)
def test_every_record_of_the_engine_is_described_as_it_was_written(record: Any) -> None:
    names = [f.name for f in fields(record)]
    assert names == list(inspect.signature(record).parameters) == list(record.__annotations__)
    values = {f.name: object() for f in fields(record)}
    made = record(**values)
    assert {name: getattr(made, name) for name in names} == values


@given(st.lists(st.one_of(st.integers(), st.text(), st.none()), min_size=2, max_size=2))
def test_hash_and_equality_are_those_of_the_values(values: list[Any]) -> None:
    ours, theirs = Citation(*values), dataclasses.make_dataclass("T", ["source", "as_of"], frozen=True)(*values)
    assert hash(ours) == hash(theirs)
    assert (ours == Citation(*reversed(values))) == (theirs == type(theirs)(*reversed(values)))


def test_records_are_made_here_and_not_by_the_standard_library() -> None:
    assert Model.__eq__.__module__ == records.__name__
