"""The commands of the migration tool."""
