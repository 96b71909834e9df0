"""The conference server: Janus beside us as a process of its own, its rooms, a TURN relay, and who keeps them running.

For a call on a private server that is gone at the end (tests, self-test):

    async with open_server() as server:                       # opening.py
        await server.make_rooms(rooms)                         # rooms.py: Rooms(room=2020, pin=..., publishers=40, ...)
        client = await Client.connect(server.place, on_lost=again)   # client.py: one WebSocket, one session
        seat = await VideoRoom.attach(client, label="S01")     # videoroom.py: a handle each for publishing, subscribing
        joined = await seat.join_publisher(2020, pin=..., display="S01")
        answer = await seat.publish(offer)
        voice = await AudioBridge.attach(client)               # audiobridge.py: WebRTC or plain RTP

For the server that `setsail conference up` keeps running for a rollout: `state.running(rollout_dir)`.
"""
