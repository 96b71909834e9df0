"""What should be: placement, dimensioning and cost, from needs to a network."""
