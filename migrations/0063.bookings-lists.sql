-- Indexes for lists, the inbox and the hourly restore of missing timers; and the author of a reason.
-- depends: 0050.bookings-closed-accounts 0050.bookings-reasons 0051.bookings-reachable 0052.bookings-notices

-- Staff's list of all bookings.
CREATE INDEX bookings_by_beginning ON bookings.bookings (lower(period), id);
-- Open bookings are few, ended ones grow without bound: inbox and upcoming lists read open ones only.
CREATE INDEX open_of_provider ON bookings.bookings (provider_id, lower(period), id)
    WHERE status IN ('requested', 'accepted', 'confirmed');
CREATE INDEX open_of_client ON bookings.bookings (client_id, lower(period), id)
    WHERE status IN ('requested', 'accepted', 'confirmed');
-- Messages and answers stay, addresses are deleted after days: few are stored at a time.
CREATE INDEX stored_addresses ON bookings.encrypted_fields (booking_id) WHERE field = 'address';

-- A closed account's own reasons are deleted, not the other participant's: history names the author.
GRANT SELECT (booking_id, actor_id, to_status) ON bookings.booking_history TO bookings_consumer;
