"""The ground floor of both services: tables by owner, the database, and what both HTTP surfaces share."""
