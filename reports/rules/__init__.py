"""What may be reported and how it is handled: decisions on plain values."""
