-- Those who lost their e-mail address to somebody else.
CREATE INDEX CONCURRENTLY "customer_shared_email_idx" ON "customer"("connection_id", "email", "id") WHERE ("reason"->>'code') = 'shared_email';
