"""What a database consists of, as text and as values, and how two databases differ."""
