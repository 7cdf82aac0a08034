"""Goals: what the alliance or a squad wants to reach in a week or a month."""
