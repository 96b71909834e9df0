"""What each site is given: link demand, secrets, rooms, configuration files, work orders, flows for its design."""
