"""For whoever writes a migration: a new file from the models, or a development database brought to them."""
