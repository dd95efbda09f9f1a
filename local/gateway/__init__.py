"""What stands between the network and the functions: edge, HTTP API and WebSocket API.

Served as the template says. Not emulated: the firewall, rate quotas, caching and compression.
"""
