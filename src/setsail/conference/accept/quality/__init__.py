"""Models of what people hear and see, each with its range."""
