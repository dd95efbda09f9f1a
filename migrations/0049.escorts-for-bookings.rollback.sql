DROP VIEW escorts.booking_cities_v1, escorts.rate_card_v1, escorts.bookable_profiles_v1;
