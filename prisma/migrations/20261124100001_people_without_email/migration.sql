-- People whom only a phone number tells apart, few among very many: whose is a profile of Klaviyo that left SMS.
CREATE INDEX CONCURRENTLY "customer_phone_only_idx" ON "customer"("connection_id", "phone") WHERE "email" IS NULL AND "phone" IS NOT NULL;
