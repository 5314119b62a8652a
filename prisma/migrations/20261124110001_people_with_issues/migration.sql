-- People by what is wrong with them; kinds and combinations of them are found by hopping through it.
CREATE INDEX CONCURRENTLY "customer_issues_idx" ON "customer"("connection_id", "issues", "id") WHERE "issues" <> '{}';
