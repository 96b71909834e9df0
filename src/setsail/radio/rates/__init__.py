"""What a carrier carries: peak rate, transport block sizes, spectral efficiency, frame structures, device limits."""
