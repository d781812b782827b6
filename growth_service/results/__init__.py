"""What came of it: days of our account, replies that were sent, people who signed up."""
