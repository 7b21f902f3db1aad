"""A series on disk becomes a Scan; among many series, the sagittal T1 is picked.

`find_series` lists what lies at a path from the headers alone, `group_by_study` sorts it,
`choose` says which series of a study is the T1 and why not the others, `Series.load` reads its
pixels. `read_scan` does all of that for a path with one study.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
