"""Statistics: numpy arrays in, frozen dataclasses out; images and studies are unknown here.

One method a file, each with its paper; import it from there, as in
``from vbq.stats.performance.delong import compare_auc``. What is undefined for the data at hand (a
constant column, a single subject) is refused with the reason, never returned as NaN. An index by
question is in ``docs/statistics.md``.
"""
