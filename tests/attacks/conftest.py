"""The services as the tests of their contract have them, and a bank of questions."""

from tests.contract.conftest import crowd, document, door, issuer
from tests.study_service.conftest import bank

__all__ = ["bank", "crowd", "document", "door", "issuer"]
