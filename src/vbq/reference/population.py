"""Published populations and cut-offs, read from ``populations.toml``."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

Sex = Literal["F", "M"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A source: its text, and its DOI or, if none is known, its address."""

    text: str
    doi: str = ""
    url: str = ""

    @property
    def locator(self) -> str:
        """The DOI, or else the address."""
        return f"doi {self.doi}" if self.doi else self.url


@dataclass(frozen=True, slots=True)
class Band:
    """Mean and SD of one age band.

    Attributes:
        mean: Mean score.
        sd: SD between people; None if none was published.
        age: First and last age in completed years; None for adults of all ages together.
    """

    mean: float
    sd: float | None = None
    age: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """One published group of people.

    Attributes:
        id: Short name.
        description: The people it was measured in.
        protocol: Id of the protocol they were measured with.
        sex: ``"F"``, ``"M"`` or ``"both"``.
        n: Number of people; ``note`` says if it is that of the whole study.
        citation: The publication.
        bands: Scores by age.
        field_strength_t: Field strength in tesla; None if the available source does not state it.
        note: Further remarks.
    """

    id: str
    description: str
    protocol: str
    sex: Literal["F", "M", "both"]
    n: int
    citation: Citation
    bands: tuple[Band, ...]
    field_strength_t: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CutOff:
    """A published cut-off: shown in a list, never applied to a reading."""

    value: float
    protocol: str
    against: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class PublishedData:
    """The populations and cut-offs that are part of the program."""

    populations: tuple[Population, ...]
    cutoffs: tuple[CutOff, ...]


@lru_cache(maxsize=1)
def published_data() -> PublishedData:
    """The populations and cut-offs that are part of the program."""
    text = files("vbq.reference").joinpath("populations.toml").read_text("utf-8")
    document = tomllib.loads(text)
    citations = {name: Citation(**entry) for name, entry in document["citation"].items()}
    return PublishedData(
        tuple(_population(entry, citations) for entry in document["population"]),
        tuple(
            CutOff(**entry | {"citation": citations[entry["citation"]]})
            for entry in document["cutoff"]
        ),
    )


def _population(entry: dict[str, Any], citations: dict[str, Citation]) -> Population:
    bands = tuple(
        Band(band["mean"], band.get("sd"), tuple(band["age"]) if "age" in band else None)
        for band in entry["bands"]
    )
    return Population(**entry | {"bands": bands, "citation": citations[entry["citation"]]})
