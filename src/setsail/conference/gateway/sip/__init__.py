"""SIP and SDP as values: strict readers, plain writers; nothing here opens a socket."""
