"""From needs to flows, slices, shares of PRBs, user-plane functions and links."""
