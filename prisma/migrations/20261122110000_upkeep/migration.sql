-- What upkeep remembers. Only additions: the release before runs beside it.

-- The clean-up's intention, its deed, and what somebody else took away.
ALTER TABLE "source_file" ADD COLUMN     "cleaning_at" TIMESTAMPTZ,
ADD COLUMN     "cleaned_at" TIMESTAMPTZ,
ADD COLUMN     "missing_at" TIMESTAMPTZ;

-- When the lanes were last listed, since when which files are expected, and when the last push was asked for.
ALTER TABLE "connection" ADD COLUMN     "listed_at" TIMESTAMPTZ,
ADD COLUMN     "expect_set_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "push_woken_at" TIMESTAMPTZ;

-- CreateTable
CREATE TABLE "upkeep_run" (
    "name" TEXT NOT NULL,
    "asked_at" TIMESTAMPTZ,
    "finished_at" TIMESTAMPTZ,

    CONSTRAINT "upkeep_run_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "shop_upkeep" (
    "shop_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "asked_at" TIMESTAMPTZ,
    "finished_at" TIMESTAMPTZ,
    "failing_since" TIMESTAMPTZ,
    "outcome" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "shop_upkeep_pkey" PRIMARY KEY ("shop_id","name")
);

-- AddForeignKey
ALTER TABLE "shop_upkeep" ADD CONSTRAINT "shop_upkeep_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Requests are one row each: small tables, made in place. The oldest settled ones, and a connection's newest.
CREATE INDEX "push_batch_connection_id_created_at_idx" ON "push_batch"("connection_id", "created_at");

-- Files of /processed that are still on the server, by age (Prisma's schema has no partial indexes).
CREATE INDEX "source_file_on_server_idx" ON "source_file"("connection_id", "archived_at") WHERE "archived_path" IS NOT NULL AND "cleaned_at" IS NULL;
