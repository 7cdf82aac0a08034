"""Forms of the pages about partner shops, one module per subject."""
