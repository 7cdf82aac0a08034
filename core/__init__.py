"""The ground of the Alliance: database, time, errors, receipts, codes. Knows no domain."""
