"""Patrols: checkpoints on walls, routes, rounds that squads walk, and visits."""
