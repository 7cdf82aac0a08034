"""What programs send and get about partner shops, one module per subject."""
