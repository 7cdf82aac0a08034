"""People of the Alliance: members, squads, areas, roles, cards and sign-in."""
