"""The whole journey for people who want the result: paths in, a reading per study out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.anatomy import find_anatomy
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.errors import InputError, RefusalError, UsageError, VBQError
from vbq.files import candidate_names
from vbq.finding import Finding
from vbq.measure import STANDARD, Measurement, measure_scan, refused
from vbq.measure.checks.suitable_image import require_suitable_image
from vbq.measure.regions.manual_rois import file_findings, read_rois
from vbq.measure.regions.roi_placement import anatomy_of_rois
from vbq.reference import compare
from vbq.scan import (
    best_series,
    exclude_label_maps,
    find_series,
    group_by_study,
    rank_series,
    select_series,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vbq.anatomy.anatomy import Anatomy
    from vbq.anatomy.segmenter import Segmenter
    from vbq.measure import Reading, Roi
    from vbq.reference import SiteNorm
    from vbq.reference.population import Sex
    from vbq.scan import RankedSeries, Scan, Series, Source

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
    choices: tuple[RankedSeries, ...] = ()

    @property
    def reading(self) -> Reading:
        """The reading."""
        return self.measurement.reading


def score(
    *paths: Path | str,
    series: str | None = None,
    labels: Path | str | None = None,
    rois: Path | str | None = None,
    segmenter: Segmenter | None = None,
    age: float | None = None,
    sex: Sex | None = None,
    site: SiteNorm | None = None,
) -> Iterator[StudyResult]:
    """Score every study found under the paths, one at a time.

    A study that cannot be read or scored gives a refused reading that says why; it never stops
    the others. A mistake in ``labels`` or ``rois`` is not the study's: it is raised.

    Args:
        paths: Files, folder trees or zip archives.
        series: Use this series instead of choosing: its number, UID or description.
        labels: A label map to take the anatomy from, where there is one study only.
        rois: Regions drawn by hand, in place of the program's own, where there is one study only:
            a JSON file, a label map or a DICOM SEG; see ``docs/rois.md``.
        segmenter: The engine that finds the anatomy; the built-in network unless given.
        age: The person's age in years, to compare with reference populations.
        sex: ``"F"`` or ``"M"``, for the same.
        site: The site's own norm, compared with beside the published populations.

    Raises:
        UsageError: ``labels`` or ``rois`` with more than one study, ``labels`` beside a
            ``segmenter``, or no such ``series`` in the only study.
        InputError: ``labels`` or ``rois`` cannot be read, or do not lie on the scan.
    """
    if labels is not None and segmenter is not None:
        raise UsageError(
            "A label map and an engine exclude each other: both say where the vertebrae are.",
            remedy="Give one of them.",
        )
    of_one_scan = labels is not None or rois is not None
    if of_one_scan and len(paths) > 1:
        raise _of_which_scan()
    if labels is not None:
        from vbq.anatomy.label_map import LabelMap

        segmenter = LabelMap.read(labels)
    given = tuple(Path(path) for path in (labels, rois) if path is not None)
    request = _Request(series, rois, given, segmenter, age, sex, site)
    taken: set[str] = set()
    for path in map(Path, paths):
        for result in _score_path(path, request):
            name = next(n for n in candidate_names(result.name) if n.casefold() not in taken)
            taken.add(name.casefold())
            measurement = replace(result.measurement, given=given)
            yield replace(result, name=name, measurement=measurement)


@dataclass(frozen=True, slots=True)
class _Request:
    """What the user asked for beside the paths."""

    series: str | None
    rois: Path | str | None
    given: tuple[Path, ...]  # the label map and the regions, which belong to one scan
    segmenter: Segmenter | None
    age: float | None
    sex: Sex | None
    site: SiteNorm | None


def _score_path(path: Path, request: _Request) -> Iterator[StudyResult]:
    try:
        found = find_series(path)
    except VBQError as error:
        yield StudyResult(_stem(path), path, refused(error))
        return
    studies = exclude_label_maps(group_by_study(found.series), request.series)
    if len(studies) == 1:
        if request.series is not None:
            select_series(
                studies[0], request.series
            )  # the only study has no such series: wrong usage
        yield _score_study(_stem(path), path, studies[0], request, found.problems)
        return
    if request.given:
        raise _of_which_scan()
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
    choices = tuple(rank_series(members))
    findings = [_unreadable_flag(problems)] if problems else []
    try:
        if request.series is None:
            in_order = _in_order(choices)
        else:
            in_order = [select_series(members, request.series)]
            findings += _overridden(in_order[0], choices)
    except VBQError as error:
        return StudyResult(name, path, refused(error), choices)
    try:
        measurement = _first_that_scores(in_order, request, findings)
        compared = compare(measurement.reading, age=request.age, sex=request.sex, site=request.site)
        measurement = replace(measurement, reading=compared)
    except InputError:  # of the label map or the regions given
        raise
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
    in_order: Sequence[Series], request: _Request, findings: Sequence[Finding]
) -> Measurement:
    """The first series whose image bears out that it can be scored; else the first refusal.

    Where the label map or the regions do not fit every series, the first of one that they fit.

    Raises:
        InputError: none is scored, and the label map or the regions fit no series that can be read.
    """
    first: Measurement | None = None
    of_fitting: Measurement | None = None
    misfit: InputError | None = None
    for candidate in in_order:
        try:
            measurement, tried = _score_series(candidate, request, findings)
        except InputError as error:  # they may have been drawn on the next series
            misfit = misfit or error
            continue
        if measurement.reading.status != "refused":
            return measurement
        first = first or measurement
        if tried:
            of_fitting = of_fitting or measurement
    if misfit is not None and of_fitting is None:
        raise misfit
    found = first if misfit is None else of_fitting
    assert found is not None
    return found


def _score_series(
    series: Series, request: _Request, findings: Sequence[Finding]
) -> tuple[Measurement, bool]:
    """The reading, and whether the image was good enough to lay anything on it.

    Raises:
        InputError: the label map or the regions do not fit.
    """
    scan = None
    try:
        scan = series.load()
        scan = replace(scan, flags=(*scan.flags, *findings))
        require_suitable_image(scan)
    except VBQError as error:
        return refused(error, scan=scan), False
    try:
        if request.rois is None:
            return measure_scan(scan, find_anatomy(scan, segmenter=request.segmenter)), True
        drawn = read_rois(request.rois, scan)
        scan = replace(scan, flags=(*scan.flags, *file_findings(request.rois, scan)))
        anatomy = _anatomy_beside(drawn, scan, request.segmenter)
        return measure_scan(scan, anatomy, rois=drawn), True
    except VBQError as error:
        if request.given and isinstance(error, InputError):  # not the scan's mistake
            raise
        return refused(error, scan=scan), True


def _anatomy_beside(drawn: Sequence[Roi], scan: Scan, segmenter: Segmenter | None) -> Anatomy:
    """The anatomy; where none is found, regions that make a score by themselves are enough."""
    try:
        return find_anatomy(scan, segmenter=segmenter)
    except RefusalError as error:
        levels = {LEVEL_NAMES[n] for n in STANDARD.levels} & {roi.name for roi in drawn if roi.used}
        if len(levels) < STANDARD.fewest_levels or "CSF" not in {roi.name for roi in drawn}:
            raise
        return anatomy_of_rois(scan, drawn, error)


def _stem(path: Path) -> str:
    name = path.resolve().name
    for suffix in (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd", ".zip", ".dcm"):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    # nothing that hides a folder, looks like an option or is a formula in a spreadsheet
    return name.lstrip(". =+-@\t").rstrip(". ") or "study"


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


def _unreadable_flag(problems: Sequence[VBQError]) -> Finding:
    error = _unreadable(problems)
    return Finding(error.code, "caution", str(error), {"files": len(problems)})


def _overridden(series: Series, choices: Sequence[RankedSeries]) -> list[Finding]:
    """Said aloud when the series a person named is one that would not have been chosen."""
    (choice,) = (choice for choice in choices if choice.series is series)
    if choice.verdict != "rejected":
        return []
    message = f"This series was named by hand and would have been rejected: {choice.reason}."
    return [Finding("series_overridden", "caution", message)]


def _of_which_scan() -> UsageError:
    return UsageError(
        "A label map or file of regions belongs to one scan, and there is more than one study "
        "here.",
        remedy="Give the path of the study it was drawn on.",
    )


def _in_order(choices: Sequence[RankedSeries]) -> list[Series]:
    """The series worth trying, best first."""
    acceptable = [choice.series for choice in choices if choice.verdict != "rejected"]
    return acceptable or [best_series(choices)]  # which says why there is none
