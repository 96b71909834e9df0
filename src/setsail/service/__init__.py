"""Services on a 5G network: QoS of flows, feasibility by clause, latency, queueing, availability."""
