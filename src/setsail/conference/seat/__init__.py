"""A person on the call from a page: one seat in the room, whose session descriptions go through the web application."""
