"""Notices to members: written for everybody, some squads or some areas, and read or not."""
