"""Power of the test that an area under the ROC curve exceeds 0.5, in closed form.

Obuchowski NA, Lieber ML, Wians FH. Clin Chem 2004;50:1118-1125,
doi 10.1373/clinchem.2004.031823. Variance from the binormal model, as R's ``pROC`` takes it.
"""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri

from vbq.errors import UsageError

__all__ = ["auc_power"]

NULL_VARIANCE = 0.0792  # of an area of 0.5, per event, before (1 + events / non-events)
ROOT_2 = 1.414  # as rounded in the source's formula; kept, so that published powers come out


def auc_power(area: float, events: int, non_events: int, *, significance: float = 0.05) -> float:
    """Power in (0, 1) of the two-sided test of an area of 0.5.

    Args:
        area: The true area, in (0.5, 1).
        events: Subjects with the event, at least 1.
        non_events: Subjects without, at least 1.
        significance: Two-sided level, in (0, 1).

    Raises:
        UsageError: an argument is outside its range.
    """
    if not 0.5 < area < 1 or events < 1 or non_events < 1 or not 0 < significance < 1:
        raise UsageError(
            f"No power for an area of {area:g}, {events} events, {non_events} non-events and a "
            f"significance of {significance:g}.",
            remedy="Give an area within (0.5, 1), a level within (0, 1) and at least one subject "
            "of each outcome.",
        )
    ratio = non_events / events
    a2 = (float(ndtri(area)) * ROOT_2) ** 2
    variance = 0.0099 * math.exp(-a2 / 2) * ((5 * a2 + 8) + (a2 + 8) / ratio)
    null = NULL_VARIANCE * (1 + 1 / ratio)
    z = float(ndtri(1 - significance / 2))
    return float(
        ndtr((math.sqrt(events) * (area - 0.5) - z * math.sqrt(null)) / math.sqrt(variance))
    )
