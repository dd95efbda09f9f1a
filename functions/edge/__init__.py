"""Gateway authorizer that admits only requests from our CloudFront distribution.

CloudFront sends a secret header with every request; the gateway asks `origin.handler` whether the header is right
and caches the answer for an hour. So neither the firewall nor the visitor's address header can be bypassed.
"""
