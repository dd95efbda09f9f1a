"""Operations: health, the API's description, the event relay and the migrations.

Owns no business table. `handler` answers HTTP, `relay` publishes the events left in the outbox, `migrate` applies the
database migrations of this version. Publishes no events of its own.
"""
