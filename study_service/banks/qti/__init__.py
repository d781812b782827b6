"""QTI of 1EdTech: items and packages of versions 2 and 3 are read, packages of version 2.1 are written."""

from study_service.banks.qti.package import read
from study_service.banks.qti.writing.package import write

__all__ = ["read", "write"]
