"""The study service with an issuer, as tests/study_service has it."""

from tests.study_service.conftest import door, issuer

__all__ = ["door", "issuer"]
