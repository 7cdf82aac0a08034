"""Pure decisions of the merchants package."""
