"""Whether each level is measured on the midline of the spine."""

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.measured_scan import MeasuredScan

LARGEST_DISTANCE_MM = 6.0  # distance from the midline; one slice spacing if that is larger
FEWEST_SLICES = 3  # slices without which the outermost one says nothing


def off_midline_findings(measured: MeasuredScan) -> list[Finding]:
    """Levels measured off their own middle, or all of them at the edge of the stack."""
    limit = max(LARGEST_DISTANCE_MM, measured.scan.spacing_mm[0])
    scored = {LEVEL_NAMES[n] for n in measured.scored}
    distances = {
        name: distance
        for name, distance in measured.plane.off_midline_mm.items()
        if name in scored and distance > limit
    }
    if distances:
        listed = ", ".join(f"{name} {distance:.0f} mm" for name, distance in distances.items())
        message = (
            f"The slice measured is off the midline at {listed}: scoliosis or an oblique stack."
        )
        return [Finding("off_midline", "caution", message, dict(distances))]
    slices, index = measured.scan.voxels.shape[0], measured.anatomy.midsagittal_slice
    if slices < FEWEST_SLICES or index not in (0, slices - 1):
        return []
    message = (
        "The slice measured is the outermost of the stack: the midline may lie beyond it. Use a "
        "series that is centred on the spine."
    )
    return [Finding("off_midline", "caution", message, {"slice": index, "slices": slices})]
