-- How many events of a run could start flows, and which order a return belongs to. Only additions: the release before runs beside it.

-- Runs of before are not counted: they stay null. Later ones begin with 0.
ALTER TABLE "import_run" ADD COLUMN     "flow_events" INTEGER;
ALTER TABLE "import_run" ALTER COLUMN "flow_events" SET DEFAULT 0;

ALTER TABLE "order" ADD COLUMN     "original_number" TEXT;
