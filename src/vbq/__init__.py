"""Vertebral Bone Quality (VBQ) from lumbar MRI: from images to a score that can be checked.

```python
import vbq

scan = vbq.read_scan("study/")            # the sagittal T1 of a folder, file or zip
anatomy = vbq.find_anatomy(scan)          # vertebral bodies by level, canal, midline
measurement = vbq.measure_scan(scan, anatomy)
measurement.reading.score                 # e.g. 3.12; higher means worse bone

for result in vbq.score("archive/"):      # all of the above for every study in a tree
    print(result.name, result.reading.status, result.reading.score)

analysis = vbq.run_study(vbq.read_plan("plan.yaml"))     # scores and clinical table to a study
vbq.write_study("results", analysis)
```

Heavy libraries are loaded when first used, so importing this package is cheap.
"""

import lazy_loader

from vbq._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(
    __name__, __getattr__, {"Flag": "Finding", "take_reading": "measure_scan"}
)
