from .subjects import ReadingsBySubject as ReadingsBySubject
from .subjects import read_long_table as read_long_table

__all__ = ["ReadingsBySubject", "read_long_table"]
