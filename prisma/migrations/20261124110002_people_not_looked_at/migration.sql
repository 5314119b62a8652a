-- Whether anybody is left who was not looked at. Empties itself with the next full export.
CREATE INDEX CONCURRENTLY "customer_issues_unknown_idx" ON "customer"("connection_id", "id") WHERE "issues" IS NULL;
