"""Voice profiles, and how well a text fits one."""
