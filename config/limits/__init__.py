"""How near the installation is to what it can hold: figures, their judgement, page, API."""
