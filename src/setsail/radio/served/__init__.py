"""Who and what is served: people, area, roads and railways by threshold, with what is not known told apart."""
