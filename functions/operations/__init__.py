"""Operations: health, the API's description, the event relay and the migrations.

Owns no business table. `handler` answers HTTP, `relay` sends what the outbox still holds, `migrate` brings the
database to the schema that this version of the code expects. No events of its own.
"""
