"""The domain-free half of the product: what every feature needs and none owns.

`kit` knows HTTP, SQL, DynamoDB, KMS and mail; it knows no feature and no word of the trade. Modules import what they
need lazily where a cold start would pay for something most requests never touch.
"""
