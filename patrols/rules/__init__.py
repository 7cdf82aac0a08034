"""Pure decisions of patrols: visits, ending, oddities, wishes; `docs/patrols.md` says the same in plain words."""
