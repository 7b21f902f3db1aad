"""Which series of a study is the sagittal T1, and why the others are not."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from vbq.errors import InputError, NoScanFoundError, UsageError
from vbq.scan.contrast_agent import contrast_agent_source
from vbq.scan.description import meanings, tokens
from vbq.scan.scan import Acquisition
from vbq.scan.series import Series

Verdict = Literal["chosen", "candidate", "rejected"]

# Spin echo, milliseconds.
LONGEST_T1_TE = 30.0
SHORTEST_T2_TE = 60.0
LONGEST_T1_TR = 1000.0
LONGEST_NAMED_T1_TR = 1500.0  # if the description says T1 as well
LONGEST_STIR_TI = 350.0
LONGEST_T1_FLAIR_TI = 1300.0


@dataclass(frozen=True, eq=False)
class RankedSeries:
    """A series and its place in the search for the sagittal T1.

    Attributes:
        series: The series.
        verdict: ``"chosen"``; ``"candidate"`` (it may be the T1, but another is preferred or only
            the image can tell); ``"rejected"``.
        reason: The reason for the verdict, in a few words.
        rank: 1 for the best; rejected series follow the candidates in their original order.
    """

    series: Series
    verdict: Verdict
    reason: str
    rank: int


class _Merit(NamedTuple):
    """Sort key of suitable series: larger is better, the weightiest criterion first."""

    certain: bool
    lumbar: bool
    not_thoracic: bool
    sagittal: bool
    original: bool
    images: int
    negative_pixel_mm: float
    negative_number: int


class _T1Evidence(NamedTuple):
    """Whether the header shows that a series is a T1 of the lumbar spine, and on what grounds."""

    certain: bool
    reason: str


def rank_series(study: Iterable[Series]) -> list[RankedSeries]:
    """Judge every series of a study; at most one is chosen.

    A series is never chosen on a guess: one whose weighting is not stated stays a candidate, to
    be decided from the image.

    Args:
        study: The series of one study, from `vbq.scan.group_by_study`.

    Returns:
        Every series, the best first.
    """
    suitable: list[tuple[Series, _T1Evidence]] = []
    rejected: list[tuple[Series, str]] = []
    for series in study:
        rejection = _rejection(series)
        if rejection is not None:
            rejected.append((series, rejection))
        else:
            suitable.append((series, _t1_evidence(series)))
    suitable.sort(key=lambda pair: _merit(pair[0], certain=pair[1].certain), reverse=True)

    ranking: list[RankedSeries] = []
    for series, evidence in suitable:
        verdict: Verdict = "candidate"
        reason = evidence.reason
        if evidence.certain and not ranking:
            verdict = "chosen"
        elif evidence.certain:
            reason += f"; {ranking[0].series.name} is preferred"
        ranking.append(RankedSeries(series, verdict, reason, len(ranking) + 1))
    for series, rejection in rejected:
        ranking.append(RankedSeries(series, "rejected", rejection, len(ranking) + 1))
    return ranking


def best_series(ranking: Sequence[RankedSeries]) -> Series:
    """The series to read: the chosen one, or the only candidate.

    Args:
        ranking: All series of the study, from `rank_series`.

    Raises:
        InputError: The only suitable series cannot be read; the error is that series' problem.
        NoScanFoundError: No series is suitable, or several are and only the image can tell.
    """
    if ranking and ranking[0].verdict == "chosen":
        return ranking[0].series
    candidates = [ranked for ranked in ranking if ranked.verdict == "candidate"]
    if len(candidates) == 1:
        return candidates[0].series
    if candidates:
        raise NoScanFoundError(
            f"{len(candidates)} series may be the sagittal T1: {_with_reasons(candidates)}.",
            remedy="Choose one with --series.",
            code="undecided",
        )
    for ranked in ranking:
        problem = ranked.series.problem
        if problem is None or ranked.reason != _as_reason(problem) or problem.code == "localiser":
            continue
        if len(ranking) == 1 or _t1_evidence(ranked.series).certain:
            raise problem
    subject = "The only series is not" if len(ranking) == 1 else f"None of {len(ranking)} series is"
    raise NoScanFoundError(
        f"{subject} a sagittal T1 without contrast agent: {_with_reasons(ranking)}.",
        remedy="Give the sagittal T1 series, or choose one with --series.",
        code="no_t1",
    )


def select_series(series: Iterable[Series], identifier: str) -> Series:
    """The series that a person asked for.

    Args:
        series: The series to select from.
        identifier: A series number, a series UID or its beginning, a file name, or a description
            or part of one.

    Raises:
        UsageError: No series matches, or several do.
    """
    available = list(series)
    query = identifier.strip().casefold()

    def description(series: Series) -> str:
        return (series.acquisition.description or "").casefold()

    tests: tuple[Callable[[Series], bool], ...] = (
        lambda series: str(series.source.series_number) == query,
        lambda series: series.source.series_uid == query,
        lambda series: description(series) == query,
        lambda series: series.source.path.casefold().endswith("/" + query),
        lambda series: query.count(".") > 2 and (series.source.series_uid or "").startswith(query),
        lambda series: query in description(series),
    )
    for test in tests if query else ():
        matches = [series for series in available if test(series)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise UsageError(
                f"{len(matches)} series match {identifier!r}: {_names(matches)}.",
                remedy="Give the full series UID; 'vbq inspect --json' lists them.",
                code="ambiguous_series",
            )
    raise UsageError(
        f"No series matches {identifier!r}; the series are: {_names(available)}.",
        remedy="Give a number, UID or description listed by 'vbq inspect'.",
        code="unknown_series",
    )


def exclude_label_maps(
    studies: Sequence[list[Series]], requested: str | None = None
) -> list[list[Series]]:
    """The studies without volume files that are label maps by their names.

    All studies are kept where there is nothing else, so that the reason can be reported.

    Args:
        studies: Series by study, from `vbq.scan.group_by_study`.
        requested: Identifier of the series that a person asked for, see `select_series`. Where
            only label maps match it, those are returned.
    """
    images = [study for study in studies if not all(_is_label_map(series) for series in study)]
    if requested is not None and not any(_matches(study, requested) for study in images):
        images = [study for study in studies if _matches(study, requested)] or images
    return images or list(studies)


def _matches(study: Sequence[Series], identifier: str) -> bool:
    try:
        select_series(study, identifier)
    except UsageError as error:
        return error.code == "ambiguous_series"
    return True


def _is_label_map(series: Series) -> bool:
    return series.source.is_volume_file and _named_label_map(series.acquisition.description)


def _named_label_map(description: str | None) -> bool:
    """Whether a name is that of a label map.

    The last word that names a label map or a T1 decides: ``T1_seg`` is a label map,
    ``label07_T1`` is not.
    """
    word_meanings = [meanings(word) & {"label map", "t1"} for word in tokens(description or "")]
    return "label map" in next(filter(None, reversed(word_meanings)), ())


def _rejection(series: Series) -> str | None:
    """The reason why a series cannot be the sagittal T1; ``None`` if it may be."""
    acquisition = series.acquisition
    described = meanings(acquisition.description)
    image_type = meanings(" ".join(acquisition.image_type))
    if acquisition.modality is not None and acquisition.modality.upper() != "MR":
        return f"modality {acquisition.modality}, not MR"
    if series.problem is not None and series.problem.code == "localiser":
        return _as_reason(series.problem)
    if "localiser" in described | image_type:
        return "a localiser"
    if series.plane in ("axial", "coronal"):
        return f"{series.plane}, not sagittal"
    if _named_label_map(acquisition.description) or "label map" in image_type:
        return "a label map, not an image"
    for meaning, reason in (
        ("calibration", "a calibration scan"),
        ("derived", "computed from other images"),
        ("diffusion", "diffusion-weighted"),
    ):
        if meaning in described | image_type:
            return reason
    if "EP" in _upper(acquisition.scanning_sequence):
        return "echo-planar"
    return (
        _fat_suppression(acquisition)
        or _contrast_enhancement(acquisition)
        or _other_weighting(acquisition)
        or _other_body_part(acquisition)
        or (None if series.problem is None else _as_reason(series.problem))
    )


def _fat_suppression(acquisition: Acquisition) -> str | None:
    described = meanings(acquisition.description)
    image_types = {word.casefold().replace("_", "") for word in acquisition.image_type}
    if "dixon" in described | meanings(acquisition.sequence_name):
        image_types |= {"dixon", *tokens(acquisition.description or "")}
    if image_types & {"w", "water", "wasser"}:
        return "fat-suppressed (Dixon water image)"
    if image_types & {"f", "fat", "fett"} and "fat suppressed" not in described:
        return "a Dixon fat image"
    if image_types & {"op", "opp", "out", "outphase", "oppphase", "opposedphase"}:
        return "an opposed-phase image"
    if "fat suppressed" in described | meanings(" ".join(acquisition.scan_options)):
        return "fat-suppressed"
    inversion = acquisition.inversion_time_ms or 0.0
    long_tr = (acquisition.repetition_time_ms or 0.0) > LONGEST_T1_TR
    if 0 < inversion < LONGEST_STIR_TI and long_tr:
        return f"fat-suppressed (STIR, TI {inversion:.0f} ms)"
    sequence = (acquisition.sequence_name or "").casefold().lstrip("*")
    if sequence.startswith("tir") and not inversion and "t1" not in described:
        return "fat-suppressed (inversion recovery)"
    if "dixon" in image_types and not image_types & {"ip", "in", "inphase"}:
        return "a Dixon image not identified as in-phase"
    return None


def _contrast_enhancement(acquisition: Acquisition) -> str | None:
    source = contrast_agent_source(acquisition)
    return None if source is None else f"contrast-enhanced ({source})"


def _other_weighting(acquisition: Acquisition) -> str | None:
    described = meanings(acquisition.description)
    echo, repetition = acquisition.echo_time_ms, acquisition.repetition_time_ms
    inversion = acquisition.inversion_time_ms
    if echo is not None and echo > SHORTEST_T2_TE:
        return f"T2-weighted (TE {echo:.0f} ms)"
    if echo is not None and echo > LONGEST_T1_TE:
        return f"not T1-weighted (TE {echo:.0f} ms)"
    flair = "flair" in described or (inversion is not None and inversion >= LONGEST_STIR_TI)
    if flair and inversion is not None and inversion > LONGEST_T1_FLAIR_TI:
        return f"not T1-weighted (TI {inversion:.0f} ms)"
    if repetition is not None and repetition > LONGEST_NAMED_T1_TR and not flair:
        return f"not T1-weighted (TR {repetition:.0f} ms)"
    if "t1" in described:
        return None
    if "t2" in described:
        return "T2-weighted (by its name)"
    if described & {"other weighting", "flair"}:
        return "not T1-weighted (by its name)"
    if repetition is not None and repetition > LONGEST_T1_TR and not flair:
        return f"not T1-weighted (TR {repetition:.0f} ms)"
    if _gradient_echo(acquisition):
        return "a gradient echo of unknown weighting"
    return None


def _other_body_part(acquisition: Acquisition) -> str | None:
    described, tagged = meanings(acquisition.description), meanings(acquisition.body_part)
    if "lumbar" in described:
        return None
    for part, reason in (
        ("head", "the head, not the lumbar spine"),
        ("cervical", "the cervical spine, not the lumbar"),
        ("other body part", "not the lumbar spine"),
    ):
        if part in described or (part in tagged and "lumbar" not in tagged):
            return reason
    return None


def _t1_evidence(series: Series) -> _T1Evidence:
    acquisition = series.acquisition
    described = meanings(acquisition.description)
    echo, repetition = acquisition.echo_time_ms, acquisition.repetition_time_ms
    tagged_thoracic = "thoracic" in meanings(acquisition.body_part)
    if "thoracic" in described or (tagged_thoracic and "lumbar" not in described):
        return _T1Evidence(
            certain=False,
            reason="thoracic by its name; only the image can show whether it includes L1–L4",
        )
    if _gradient_echo(acquisition):
        return _T1Evidence(
            certain=False, reason="T1 by its name, but a gradient echo; only the image can tell"
        )
    slices = f"{series.images} slice{'s' if series.images > 1 else ''}"
    if echo is not None and repetition is not None:
        times = f"TR {repetition:.0f} ms, TE {echo:.0f} ms"
        return _T1Evidence(certain=True, reason=f"sagittal T1 ({times}), {slices}")
    if "t1" in described and "t2" not in described:
        return _T1Evidence(certain=True, reason=f"sagittal T1 (by its name), {slices}")
    return _T1Evidence(certain=False, reason="weighting not stated; only the image can tell")


def _merit(series: Series, *, certain: bool) -> _Merit:
    acquisition = series.acquisition
    parts = meanings(acquisition.description) | meanings(acquisition.body_part)
    pixel = sorted(series.spacing_mm or (0.0, 0.0, 0.0))[1]
    return _Merit(
        certain=certain,
        lumbar="lumbar" in parts,
        not_thoracic="thoracic" not in parts,
        sagittal=series.plane == "sagittal",
        original="DERIVED" not in _upper(acquisition.image_type),
        images=series.images,
        negative_pixel_mm=-round(pixel, 3),
        negative_number=-(series.source.series_number or 0),
    )


def _gradient_echo(acquisition: Acquisition) -> bool:
    sequence = _upper(acquisition.scanning_sequence)
    return "GR" in sequence and "SE" not in sequence


def _upper(values: Iterable[str]) -> set[str]:
    return {value.upper() for value in values}


def _as_reason(problem: InputError) -> str:
    """The message of a problem without its full stop, to stand in a list of reasons."""
    return problem.message.rstrip(".")


def _names(series: Sequence[Series]) -> str:
    shown = "; ".join(member.name for member in series[:8])
    return shown + (f" and {len(series) - 8} more" if len(series) > 8 else "")


def _with_reasons(ranking: Sequence[RankedSeries]) -> str:
    shown = "; ".join(f"{ranked.series.name}: {ranked.reason}" for ranked in ranking[:4])
    return shown + (f"; and {len(ranking) - 4} more" if len(ranking) > 4 else "")
