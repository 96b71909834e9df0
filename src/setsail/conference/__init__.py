"""The video conference of a rollout: the server, rooms, a call that proves them, acceptance of a site on it."""
