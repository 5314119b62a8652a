-- The returns of an order, found by its number. Few orders are returns.
CREATE INDEX CONCURRENTLY "order_original_number_idx" ON "order"("connection_id", "original_number") WHERE "original_number" IS NOT NULL;
