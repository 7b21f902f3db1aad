"""The interface of every segmentation engine: a Scan in, an Anatomy out."""

from typing import Protocol

from vbq.anatomy.anatomy import Anatomy
from vbq.scan.scan import Scan


class Segmenter(Protocol):
    """An engine that finds vertebral bodies and the spinal canal."""

    def find_anatomy(self, scan: Scan) -> Anatomy:
        """Find the anatomy shown in ``scan``.

        Raises:
            vbq.errors.RefusalError: No lumbar spine is seen in the image.
        """
        ...
