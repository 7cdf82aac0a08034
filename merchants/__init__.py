"""Partner shops, their clerks, charges and settlement. Not yet in use: the package keeps its place."""
