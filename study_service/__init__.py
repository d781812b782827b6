"""The study service: question banks, study sessions, grading, progress."""
