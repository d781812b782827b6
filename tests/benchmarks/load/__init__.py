"""What a deployed service bears: many learners, a stream of tweets, a million requests, and how fast it starts."""
