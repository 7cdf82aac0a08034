"""What residents tell, and what came of it. Not yet in use: the package keeps its place in the order of imports."""
