-- The data-quality report. Only additions: the release before runs beside it.

-- What is wrong with the newest row of a person, by kind. NULL = mapped by a release that did not look at it.
ALTER TABLE "customer" ADD COLUMN     "issues" TEXT[];
