-- What lists, the inbox and the hourly look after lost timers read, by index; and whose a reason is.
-- depends: 0050.bookings-closed-accounts 0050.bookings-reasons 0051.bookings-reachable 0052.bookings-notices

-- Staff's list of everybody.
CREATE INDEX bookings_by_beginning ON bookings.bookings (lower(period), id);
-- What is open is little, what is over grows without end: inbox and upcoming read the first alone.
CREATE INDEX open_of_provider ON bookings.bookings (provider_id, lower(period), id)
    WHERE status IN ('requested', 'accepted', 'confirmed');
CREATE INDEX open_of_client ON bookings.bookings (client_id, lower(period), id)
    WHERE status IN ('requested', 'accepted', 'confirmed');
-- Messages and answers stay, addresses go: those that are still there are few.
CREATE INDEX addresses_kept ON bookings.private_parts (booking_id) WHERE part = 'address';

-- A closed account takes along its own reasons, not the other side's: history says who ended it.
GRANT SELECT (booking_id, actor_id, to_status) ON bookings.booking_history TO bookings_consumer;
