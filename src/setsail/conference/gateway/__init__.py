"""SIP terminals in the room of a conference: a registrar (Kamailio) in front, our gateway between it and Janus."""
