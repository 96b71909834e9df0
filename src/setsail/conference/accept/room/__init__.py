"""The terminal that stands in the room already: what the server counts of it, what an observer sees and hears of it."""
