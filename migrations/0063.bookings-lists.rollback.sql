REVOKE SELECT (booking_id, actor_id, to_status) ON bookings.booking_history FROM bookings_consumer;
DROP INDEX bookings.stored_addresses, bookings.open_of_client, bookings.open_of_provider,
    bookings.bookings_by_beginning;
