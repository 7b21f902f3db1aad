"""Connected components of masks."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def largest_component(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected component of a mask of any dimension; an empty mask stays empty."""
    components, count = ndimage.label(mask)
    if count < 2:
        return mask
    return np.asarray(components == 1 + np.argmax(np.bincount(components.ravel())[1:]))
