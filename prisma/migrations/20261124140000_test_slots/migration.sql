-- Which records of a run test mode has let through, in their order. Only additions: the release before runs beside it.
CREATE TABLE "test_slot" (
    "run_id" UUID NOT NULL,
    "record_id" UUID NOT NULL,
    "place" INTEGER NOT NULL,

    CONSTRAINT "test_slot_pkey" PRIMARY KEY ("run_id","record_id")
);

-- AddForeignKey
ALTER TABLE "test_slot" ADD CONSTRAINT "test_slot_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "import_run"("id") ON DELETE CASCADE ON UPDATE CASCADE;
