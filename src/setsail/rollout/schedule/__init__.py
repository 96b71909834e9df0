"""A schedule for every site: routes improved, proved against bounds, checked, and told in words."""
