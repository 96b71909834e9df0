"""The network of a site as one value, and its files: `network.toml`, `heads.csv`, `flows.csv`, one JSON document."""
