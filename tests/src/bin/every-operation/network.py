"""Says what this step sees of the network, given an address of the host's loopback."""

import os
import socket
import sys

host, port = sys.argv[1].rsplit(":", 1)
try:
    socket.create_connection((host, int(port)), timeout=5).close()
    reached = "reached"
except OSError:
    reached = "not reached"
devices = sorted(os.listdir("/sys/class/net"))
print(len(devices) > 1 and "more than loopback" or "only loopback", reached, sep=", ")
