"""Partner shops, their clerks and offers, charges at the counter, and monthly settlement."""
