"""The lock between CloudFront and the API: not a feature, only the gateway's authorizer.

CloudFront sends a secret header with every request; the gateway asks `origin.handler` whether it is right
and keeps the answer for an hour. So the firewall and the address of the visitor cannot be gone around.
"""
