"""HTTP in, HTTP out: one module per noun, each calling one function of that noun's rules."""
