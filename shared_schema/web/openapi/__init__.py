"""The OpenAPI document of a service: what flask-smorest writes, and what follows from the code of each route."""
