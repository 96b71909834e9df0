"""The figures of a page: each takes plain values and words, and gives one drawing."""
