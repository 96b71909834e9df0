"""A rollout as a folder of readable files: strict reading, writing whole, checks, own sites from a spreadsheet."""
