"""A soak of both services: people and a bot at work, and one misfortune after the other."""
