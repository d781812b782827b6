"""The HTTP server: gunicorn's threads, behind a loop that no slow client can hold up."""
