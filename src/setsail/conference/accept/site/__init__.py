"""A test participant at the site itself: the line that leads it, its door at the server, what it plays there."""
