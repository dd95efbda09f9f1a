"""Gateway in front of the functions: CloudFront, HTTP API and WebSocket API.

Configured by the template. Not emulated: the firewall, rate quotas and compression.
"""
