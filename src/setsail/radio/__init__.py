"""What the air carries: path loss, antennas, link budget, rates, coverage, positioning, exposure."""
