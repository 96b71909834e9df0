"""What a network costs: named items, what operators share, present value."""
