"""Use cases of bookings, each on one transaction.

`requests` (quotes, free slots, new requests), `actions` (accept, cancel, propose and the rest),
`queries` (lists, one booking, calendar), `settings` (booking settings of a provider), `waitlist`,
`feeds`, `payments` (payment events), `timers` (due timers), `account_closure` (closed and suspended
accounts). All of them change a booking's status through `transitions` alone.
"""
