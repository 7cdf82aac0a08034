"""Points: the ledger, the tariff, awards of good deeds, statements and leaderboards."""
