-- Who else has a phone number: in Klaviyo it belongs to one profile, and whoever came with it would write over that.
CREATE INDEX "customer_phone_idx" ON "customer"("connection_id", "phone") WHERE "phone" IS NOT NULL;

-- People who went without a number that somebody else has: looked at after every file of customers.
CREATE INDEX "customer_shared_phone_idx" ON "customer"("connection_id") WHERE "reason"->>'code' = 'shared_phone';
