-- Who else has a phone number: in Klaviyo it belongs to one profile, and whoever came with it would write over that.
CREATE INDEX CONCURRENTLY "customer_phone_idx" ON "customer"("connection_id", "phone") WHERE "phone" IS NOT NULL;
