-- The data-quality report. Only additions: the release before runs beside it.

-- What is wrong with the newest row of a person, by kind. NULL = mapped by a release that did not look at it.
ALTER TABLE "customer" ADD COLUMN     "issues" TEXT[];

-- Partial indexes that hold only what the report lists, so that it never reads the table. They are made in place: on a table of a
-- million people that takes a few seconds, in which imports wait.

-- People by what is wrong with them; kinds and combinations of them are found by hopping through it.
CREATE INDEX "customer_issues_idx" ON "customer"("connection_id", "issues", "id") WHERE "issues" <> '{}';

-- Whether anybody is left who was not looked at. Empties itself with the next full export.
CREATE INDEX "customer_issues_unknown_idx" ON "customer"("connection_id", "id") WHERE "issues" IS NULL;

-- Those who lost their e-mail address to somebody else.
CREATE INDEX "customer_shared_email_idx" ON "customer"("connection_id", "email", "id") WHERE ("reason"->>'code') = 'shared_email';
