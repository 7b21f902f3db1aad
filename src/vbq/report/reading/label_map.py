"""The label map of an anatomy as NIfTI-1, in the axis order and position of the original file.

The 348 bytes of the header are packed here: libraries that write it take longer to load than the
whole report takes to make.
"""

import gzip
import io
import math
import struct

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.anatomy import Anatomy
from vbq.scan.geometry import LPS_TO_RAS
from vbq.scan.scan import Scan

UINT8 = 2  # NIFTI_TYPE_UINT8
SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT
LABELS = 1002  # NIFTI_INTENT_LABEL
MILLIMETRES = 2  # NIFTI_UNITS_MM
HEADER = "<i10s18sihcb8h3f4h8f3fhcb4f2i80s24s2h6f4f4f4f16s4s"  # NIfTI-1, little-endian


def label_map_bytes(scan: Scan, anatomy: Anatomy) -> bytes:
    """``labels.nii.gz``: the labels of `vbq.anatomy.levels`, to be overlaid on the original.

    The same input gives the same bytes: the gzip header holds neither time nor name.
    """
    labels, affine = native_order(anatomy.labels, scan.affine, scan.native_axes)
    content = _header(labels.shape, LPS_TO_RAS @ affine) + labels.tobytes(order="F")
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=6, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def native_order(
    array: NDArray[np.uint8],
    affine: NDArray[np.float64],
    native_axes: tuple[tuple[int, bool], ...],
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """An array in a scan's fixed axis order, and its affine, back in the order of the file.

    Args:
        array: In the order of `Scan.voxels`.
        affine: Index to LPS mm of that array.
        native_axes: `Scan.native_axes`.
    """
    order = [0, 0, 0]
    native = np.zeros((4, 4))
    native[:, 3] = affine[:, 3]
    for axis, (stored, flipped) in enumerate(native_axes):
        order[stored] = axis
        native[:, stored] = -affine[:, axis] if flipped else affine[:, axis]
        if flipped:
            array = np.flip(array, axis)
            native[:, 3] += affine[:, axis] * (array.shape[axis] - 1)
    return np.transpose(array, order), native


def _header(shape: tuple[int, ...], ras: NDArray[np.float64]) -> bytes:
    """The NIfTI-1 header of a uint8 volume; qform and sform both give its position."""
    quaternion, handedness, spacing = _quaternion(ras[:3, :3])
    return struct.pack(
        HEADER,
        *(348, b"", b"", 0, 0, b"r", 0),
        *(3, *shape, 1, 1, 1, 1),
        *(0.0, 0.0, 0.0, LABELS, UINT8, 8, 0),
        *(handedness, *spacing, 0.0, 0.0, 0.0, 0.0),
        *(352.0, 1.0, 0.0, 0, b"\0", MILLIMETRES),
        *(0.0, 0.0, 0.0, 0.0, 0, 0),
        *(b"VBQ labels: T10-T12 17-19, L1-L5 20-24, L6 25, S1 26, cord 60, canal 61", b""),
        *(SCANNER, SCANNER, *quaternion, *ras[:3, 3]),
        *ras[:3].ravel(),
        *(b"", b"n+1\0"),
    ) + bytes(4)


def _quaternion(
    matrix: NDArray[np.float64],
) -> tuple[tuple[float, float, float], float, tuple[float, ...]]:
    """The rotation nearest to a matrix as NIfTI's (b, c, d), its handedness and its spacings."""
    spacing = np.linalg.norm(matrix, axis=0)
    left, _, right = np.linalg.svd(matrix / spacing)
    rotation = left @ right
    handedness = 1.0 if np.linalg.det(rotation) > 0 else -1.0
    rotation[:, 2] *= handedness
    # The eigenvector of the largest eigenvalue of this matrix is the quaternion (Bar-Itzhack 2000).
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rotation
    symmetric = np.array(
        [
            [xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, yy - xx - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, zz - xx - yy],
        ]
    )
    q = np.linalg.eigh(symmetric)[1][:, -1]
    a, b, c, d = (float(part) for part in (-q if q[0] < 0 else q))
    size = math.hypot(a, b, c, d)
    return (b / size, c / size, d / size), handedness, tuple(float(s) for s in spacing)
