"""QTI 2 and 3 of 1EdTech: items and packages of them."""

from study_service.banks.qti.package import read

__all__ = ["read"]
