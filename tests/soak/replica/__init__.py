"""A soak of the replica: readers in several processes, a writer, and one misfortune after the other."""
