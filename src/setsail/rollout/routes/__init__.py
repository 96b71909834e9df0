"""Who drives where: routing instances solved, first routes of a rollout, their repair, and a bound on the finish."""
