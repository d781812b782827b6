"""The writer of QTI 2.1: questions as items, and a bank as a package of them."""
