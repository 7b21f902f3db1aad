from .audit import EXAMPLE as EXAMPLE
from .audit import Audit as Audit
from .audit import audit_table as audit_table
from .finding import KINDS as KINDS
from .published_table import PublishedTable as PublishedTable
from .published_table import read_table as read_table

__all__ = ["EXAMPLE", "KINDS", "Audit", "PublishedTable", "audit_table", "read_table"]
