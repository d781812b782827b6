"""Adoption: a PingToPass database that was not made by our migrations is brought to their first tables, in place.

All in one transaction: a kill at any point leaves the original. Nobody else may write meanwhile.
"""

from migrations.adopt.report import NotProven, Refused, Report, RowsBlock
from migrations.adopt.rules import MENDS
from migrations.adopt.run import adopt, examine

__all__ = ["MENDS", "NotProven", "Refused", "Report", "RowsBlock", "adopt", "examine"]
