"""A call that proves a conference: marked pictures, one tone a site, participants that count what they get."""
