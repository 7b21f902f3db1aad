"""A site's own norm: a document that `vbq reference fit` writes and `vbq score` compares with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vbq._version import __version__
from vbq.errors import RefusalError, UnreadableFileError, describe_validation_error
from vbq.measure.protocol import STANDARD_ID
from vbq.reference.centile_curve import Curve, fit_curve
from vbq.reference.people import Person
from vbq.reference.population import Sex
from vbq.scan.field_strength import nominal_field


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SiteGroup(_Record):
    """The norm of one sex at one field strength; the numbers are those of `Curve`."""

    sex: Sex
    field_strength_t: Annotated[float, Field(gt=0)]
    n: Annotated[int, Field(gt=0)]
    ages: tuple[float, float]
    knots: tuple[float, float, float]
    median: tuple[float, float, float]
    spread: tuple[float, float]
    power: float

    @property
    def curve(self) -> Curve:
        """The distribution of the score by age."""
        return Curve(self.knots, self.median, self.spread, self.power, self.ages)


class SiteNorm(_Record):
    """The norms of one site, by sex and field strength."""

    schema_: Annotated[Literal["vbq.reference/1"], Field(alias="schema")] = "vbq.reference/1"
    protocol: str
    method: Literal["LMS"] = "LMS"
    groups: Annotated[tuple[SiteGroup, ...], Field(min_length=1)]
    software_version: str

    def to_json(self) -> str:
        """The document as indented JSON text ending in a newline."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class ExcludedGroup:
    """A group of n people that gives no norm, and the reason."""

    sex: Sex
    field_strength_t: float
    n: int
    reason: str


def fit_site(
    people: Sequence[Person], protocol: str = STANDARD_ID
) -> tuple[SiteNorm, tuple[ExcludedGroup, ...]]:
    """Fit a norm to each sex at each field strength.

    Args:
        people: Healthy people.
        protocol: Id of the protocol that their scores were measured with, as
            `ReadingsTable.protocol_of` gives it for a column. Scores of other protocols are never
            compared with the norm.

    Returns:
        The norm, and the groups excluded from it with the reason.

    Raises:
        RefusalError: no group gives a norm; the message gives the reason for the largest.
    """
    members: dict[tuple[float, Sex], list[Person]] = {}
    for person in people:
        members.setdefault((nominal_field(person.field_strength_t), person.sex), []).append(person)
    groups, excluded = [], []
    for (field, sex), group in sorted(members.items()):
        try:
            curve = fit_curve([p.age for p in group], [p.score for p in group])
        except RefusalError as error:
            excluded.append(ExcludedGroup(sex, field, len(group), str(error)))
            continue
        groups.append(
            SiteGroup(
                sex=sex,
                field_strength_t=field,
                n=len(group),
                ages=curve.ages,
                knots=curve.knots,
                median=curve.median,
                spread=curve.spread,
                power=curve.power,
            )
        )
    if not excluded and not groups:
        raise RefusalError(
            "A norm cannot be fitted: there is nobody with score, age, sex and field strength.",
            code="no_norm",
        )
    if not groups:
        largest = max(excluded, key=lambda group: group.n)
        raise RefusalError(
            f"A norm cannot be fitted. {largest.sex} at {largest.field_strength_t:g} T: "
            f"{largest.reason}",
            code="no_norm",
        )
    norm = SiteNorm(protocol=protocol, groups=tuple(groups), software_version=__version__)
    return norm, tuple(excluded)


def read_site(path: Path | str) -> SiteNorm:
    """Read a site's norm.

    Raises:
        UnreadableFileError: it cannot be read, or is not such a document.
    """
    remedy = "Give a file that 'vbq reference fit' wrote."
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - str or Path
            content = file.read()
    except OSError as error:
        raise UnreadableFileError(f"Cannot read {path}.", remedy=remedy) from error
    try:
        return SiteNorm.model_validate_json(content)
    except ValidationError as error:
        raise UnreadableFileError(
            f"{path} is not a reference document: {describe_validation_error(error)}.",
            remedy=remedy,
            code="not_a_reference",
        ) from error
