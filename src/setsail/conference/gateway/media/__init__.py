"""RTP between a terminal and the conference: packets, pictures put together, ports, relays."""
