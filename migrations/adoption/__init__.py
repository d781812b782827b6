"""Adoption: a PingToPass database that was not made by our migrations is brought to their first tables, in place.

All in one transaction: a kill at any point leaves the original. Nobody else may write meanwhile.
"""

from migrations.adoption.report import NotProven, Refused, Report, RowsBlock
from migrations.adoption.rules import MENDS
from migrations.adoption.run import adopt, examine

__all__ = ["MENDS", "NotProven", "Refused", "Report", "RowsBlock", "adopt", "examine"]
