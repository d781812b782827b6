"""The forms that questions and answers to them have by HTTP, by type; several routes send and read them."""
