"""The definitions of the score and its relatives, read from ``protocols.toml``."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from vbq.anatomy.levels import LEVEL_NUMBERS

STANDARD_ID = "median_of_means"
SHADING_CORRECTED = "median_of_means_shading_corrected"


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named definition of a score.

    Attributes:
        id: Its name among the variants of a reading.
        name: Its name for people.
        definition: Numerator and denominator, in a sentence or two.
        levels: Level numbers of the numerator.
        region: ``"trabecular"`` or ``"endplates"``.
        statistic: Statistic of the signal inside a region: ``"mean"`` or ``"median"``.
        across_levels: How level signals are combined: ``"median"`` or ``"mean"``; empty for
            a single level.
        reference: The tissue whose signal they are divided by.
        correction: What the level signals are corrected for: ``"coil shading"``; empty for nothing.
        contrast: Weighting of the image: ``"T1"`` or ``"T2"``.
        citation: The publication; empty where the definition is this program's own or none is
            known.
        doi: DOI of the publication; empty where none is known.
        url: Address of the publication, where no DOI is known.
        not_measured: Why readings do not have it; empty where they do.
        fewest_levels: Smallest number of usable levels for a score. No minimum has been published;
            two of four is the choice of this program.
    """

    id: str
    name: str
    definition: str
    levels: tuple[int, ...]
    region: str
    statistic: str
    reference: str
    contrast: str
    across_levels: str = ""
    correction: str = ""
    citation: str = ""
    doi: str = ""
    url: str = ""
    not_measured: str = ""
    fewest_levels: int = 2

    @property
    def is_single_level(self) -> bool:
        """Whether the numerator is one level."""
        return len(self.levels) == 1

    @property
    def column(self) -> str:
        """Its column in ``readings.csv``: ``L1`` alone would not tell a score from a signal."""
        return f"vbq_{self.id}" if self.is_single_level else self.id

    @property
    def source(self) -> str:
        """The citation with its DOI or address, on one line; empty where there is none."""
        address = f"doi {self.doi}" if self.doi else self.url
        return ", ".join(filter(None, (self.citation, address)))


@lru_cache(maxsize=1)
def protocols() -> dict[str, Protocol]:
    """All protocols by id, the standard score first."""
    text = files("vbq.measure").joinpath("protocols.toml").read_text("utf-8")
    return {
        name: Protocol(
            id=name, levels=tuple(LEVEL_NUMBERS[level] for level in entry.pop("levels")), **entry
        )
        for name, entry in tomllib.loads(text).items()
    }


STANDARD = protocols()[STANDARD_ID]
