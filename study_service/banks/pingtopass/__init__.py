"""The platform's own format: an exam with its objectives and questions as JSON. All that a question has is in it."""

from study_service.banks.pingtopass.reader import read
from study_service.banks.pingtopass.writer import write

__all__ = ["read", "write"]
