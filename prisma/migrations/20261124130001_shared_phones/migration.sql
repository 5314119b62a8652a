-- People who went without a number that somebody else has: looked at after every file of customers.
CREATE INDEX CONCURRENTLY "customer_shared_phone_idx" ON "customer"("connection_id") WHERE "reason"->>'code' = 'shared_phone';
