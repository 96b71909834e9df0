"""A rollout that is under way: what happened, what follows from it, and the board that shows both."""
