"""What both HTTP surfaces share. The only Flask in this package."""
