"""What the hot operations of both services cost, at two sizes and in three modes. `make bench`."""
