"""Question bank files into the database: all of a file or nothing, and the same file twice changes nothing."""
