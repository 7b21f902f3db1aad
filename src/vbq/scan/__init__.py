"""A series on disk becomes a Scan; among many series, the sagittal T1 is chosen.

`find_series` lists the series at a path from their headers alone, `group_by_study` groups them,
`rank_series` says which series of a study is the T1 and why the others are not, `Series.load`
reads the pixels. `read_scan` does all of that for a path with one study.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
