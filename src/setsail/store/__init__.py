"""The workspace: immutable data sets with a manifest, the registry database, jobs and the audit trail."""
