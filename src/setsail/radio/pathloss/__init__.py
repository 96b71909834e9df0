"""Path loss, line of sight, shadowing, walls, clutter and entry into buildings, each with its clause and range."""
