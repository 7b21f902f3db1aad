"""The whole journey for people who want the result: paths in, a reading per study out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.anatomy import find_anatomy
from vbq.errors import UsageError, VBQError
from vbq.files import numbered
from vbq.flag import Flag
from vbq.measure import Measurement, refused, take_reading
from vbq.measure.quality import stop_if_meaningless
from vbq.reference import compare
from vbq.scan import best, choose, find_series, group_by_study, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vbq.anatomy.segmenter import Segmenter
    from vbq.measure import Reading
    from vbq.reference import SiteNorm
    from vbq.reference.population import Sex
    from vbq.scan import Choice, Series, Source

__all__ = ["StudyResult", "score"]


@dataclass(frozen=True, eq=False)
class StudyResult:
    """What came of one study.

    Attributes:
        name: A short name for folders and tables: of the file or folder the user gave, or made
            from the study's UID where one path holds several studies. Never a patient's name.
        path: The path the user gave.
        measurement: The reading and what is behind it; refused where none could be made.
        choices: The series of the study and why each was chosen or not.
    """

    name: str
    path: Path
    measurement: Measurement
    choices: tuple[Choice, ...] = ()

    @property
    def reading(self) -> Reading:
        """The reading."""
        return self.measurement.reading


def score(
    *paths: Path | str,
    series: str | None = None,
    labels: Path | str | None = None,
    segmenter: Segmenter | None = None,
    age: float | None = None,
    sex: Sex | None = None,
    site: SiteNorm | None = None,
) -> Iterator[StudyResult]:
    """Score every study found under the paths, one at a time.

    A study that cannot be read or scored gives a refused reading that says why; it never stops
    the others.

    Args:
        paths: Files, folder trees or zip archives.
        series: Use this series instead of choosing: its number, UID or description.
        labels: A label map to take the anatomy from, where there is one study only.
        segmenter: The engine that finds the anatomy; the built-in network unless given.
        age: The person's age in years, to compare with reference populations.
        sex: ``"F"`` or ``"M"``, for the same.
        site: The site's own norm, compared with beside the published populations.

    Raises:
        UsageError: ``labels`` with more than one study or beside a ``segmenter``, or no such
            ``series`` in the only study.
    """
    if labels is not None and segmenter is not None:
        raise UsageError(
            "A label map and an engine exclude each other: both say where the vertebrae are.",
            remedy="Give one of them.",
        )
    request = _Request(series, labels, segmenter, age, sex, site)
    if labels is not None and len(paths) > 1:
        raise _labels_of_which()
    taken: set[str] = set()
    for path in map(Path, paths):
        for result in _score_path(path, request):
            name = next(n for n in numbered(result.name) if n.casefold() not in taken)
            taken.add(name.casefold())
            yield replace(result, name=name)


@dataclass(frozen=True, slots=True)
class _Request:
    """What the user asked for beside the paths."""

    series: str | None
    labels: Path | str | None
    segmenter: Segmenter | None
    age: float | None
    sex: Sex | None
    site: SiteNorm | None

    def engine(self) -> Segmenter | None:
        if self.labels is None:
            return self.segmenter
        from vbq.anatomy.label_map import LabelMap

        return LabelMap.read(self.labels)


def _score_path(path: Path, request: _Request) -> Iterator[StudyResult]:
    try:
        found = find_series(path)
    except VBQError as error:
        yield StudyResult(_stem(path), path, refused(error))
        return
    studies = group_by_study(found.series)
    if len(studies) == 1:
        if request.series is not None:
            select(studies[0], request.series)  # the only study has no such series: wrong usage
        yield _score_study(_stem(path), path, studies[0], request, found.problems)
        return
    if request.labels is not None:
        raise _labels_of_which()
    for study in studies:
        yield _score_study(_name(study[0].source), path, study, request)
    if found.problems:  # which study they belong to is not known; they are not passed over
        name = f"{_stem(path)}-unreadable"
        yield StudyResult(name, path, refused(_unreadable(found.problems)))


def _score_study(
    name: str,
    path: Path,
    members: Sequence[Series],
    request: _Request,
    problems: Sequence[VBQError] = (),
) -> StudyResult:
    choices = tuple(choose(members))
    findings = [_unreadable_flag(problems)] if problems else []
    try:
        if request.series is None:
            in_order = _in_order(choices)
        else:
            in_order = [select(members, request.series)]
            findings += _overridden(in_order[0], choices)
        measurement = _first_that_scores(in_order, request.engine(), findings)
        compared = compare(measurement.reading, age=request.age, sex=request.sex, site=request.site)
        measurement = replace(measurement, reading=compared)
    except VBQError as error:
        measurement = refused(error)
    except Exception as error:  # noqa: BLE001 - one bad study never stops the rest
        unexpected = VBQError(
            f"Unexpected {type(error).__name__} while scoring this study.",
            remedy="Please report it with the output of 'vbq inspect'.",
            code="internal_error",
        )
        measurement = refused(unexpected)
    return StudyResult(name, path, measurement, choices)


def _first_that_scores(
    in_order: Sequence[Series], segmenter: Segmenter | None, findings: Sequence[Flag]
) -> Measurement:
    """The first series whose image bears out that it can be scored; else the first refusal."""
    first: Measurement | None = None
    for candidate in in_order:
        measurement = _score_series(candidate, segmenter, findings)
        if measurement.reading.status != "refused":
            return measurement
        first = first or measurement
    assert first is not None
    return first


def _score_series(
    series: Series, segmenter: Segmenter | None, findings: Sequence[Flag]
) -> Measurement:
    scan = None
    try:
        scan = series.load()
        scan = replace(scan, flags=(*scan.flags, *findings))
        stop_if_meaningless(scan)
        return take_reading(scan, find_anatomy(scan, segmenter=segmenter))
    except VBQError as error:
        return refused(error, scan=scan)


def _stem(path: Path) -> str:
    name = path.resolve().name
    for suffix in (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd", ".zip", ".dcm"):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    return name.strip(". ") or "study"


def _name(source: Source) -> str:
    """A name that tells studies apart and no patient: from the UID, or the volume's own file."""
    if source.study_uid is None:
        return _stem(Path(source.path))
    return f"study-{sha256(source.study_uid.encode()).hexdigest()[:10]}"


def _unreadable(problems: Sequence[VBQError]) -> VBQError:
    first = problems[0]
    count = "A file" if len(problems) == 1 else f"{len(problems)} files"
    return VBQError(
        f"{count} beside the scan could not be read. {first.message}",
        remedy=first.remedy,
        code="files_unreadable",
    )


def _unreadable_flag(problems: Sequence[VBQError]) -> Flag:
    error = _unreadable(problems)
    return Flag(error.code, "caution", str(error), {"files": len(problems)})


def _overridden(series: Series, choices: Sequence[Choice]) -> list[Flag]:
    """Said aloud when the series a person named is one that would not have been chosen."""
    (choice,) = (choice for choice in choices if choice.series is series)
    if choice.verdict != "rejected":
        return []
    message = f"This series was named by hand and would have been rejected: {choice.reason}."
    return [Flag("series_overridden", "caution", message)]


def _labels_of_which() -> UsageError:
    return UsageError(
        "A label map belongs to one scan, and there is more than one study here.",
        remedy="Give the path of the study it was drawn on.",
    )


def _in_order(choices: Sequence[Choice]) -> list[Series]:
    """The series worth trying, best first."""
    acceptable = [choice.series for choice in choices if choice.verdict != "rejected"]
    return acceptable or [best(choices)]  # which says why there is none
