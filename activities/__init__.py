"""Activities: care visits, leaflet rounds, trainings, drills, mediation; who came, what came of them, campaigns."""
