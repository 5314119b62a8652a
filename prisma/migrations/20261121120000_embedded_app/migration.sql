-- What the pages of the embedded app need. No installation has rows yet (nothing was released), so the indexes are made in place.

-- DropIndex
DROP INDEX "customer_connection_id_email_idx";

-- DropIndex
DROP INDEX "customer_run_id_idx";

-- DropIndex
DROP INDEX "order_run_id_idx";

-- DropIndex
DROP INDEX "reward_run_id_idx";

-- AlterTable
ALTER TABLE "customer" ADD COLUMN     "send_now" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "order" ADD COLUMN     "send_now" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "reward" ADD COLUMN     "send_now" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "shop_settings" ADD COLUMN     "guide_dismissed" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "record_figure" (
    "id" BIGSERIAL NOT NULL,
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "record_kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "record_figure_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID,
    "kind" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "total" INTEGER,
    "done" INTEGER NOT NULL DEFAULT 0,
    "progress" JSONB NOT NULL DEFAULT '{}',
    "outcome" TEXT,
    "actor" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ,

    CONSTRAINT "task_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "download_ticket" (
    "token_hash" TEXT NOT NULL,
    "shop_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "used_at" TIMESTAMPTZ,

    CONSTRAINT "download_ticket_pkey" PRIMARY KEY ("token_hash")
);

-- CreateIndex
CREATE INDEX "record_figure_connection_id_idx" ON "record_figure"("connection_id");

-- CreateIndex
CREATE INDEX "record_figure_shop_id_idx" ON "record_figure"("shop_id");

-- CreateIndex
CREATE INDEX "task_shop_id_created_at_idx" ON "task"("shop_id", "created_at");

-- CreateIndex
CREATE INDEX "task_status_idx" ON "task"("status");

-- CreateIndex
CREATE INDEX "download_ticket_expires_at_idx" ON "download_ticket"("expires_at");

-- CreateIndex
CREATE INDEX "alert_shop_id_opened_at_idx" ON "alert"("shop_id", "opened_at");

-- CreateIndex
CREATE INDEX "customer_connection_id_status_updated_at_id_idx" ON "customer"("connection_id", "status", "updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "customer_run_id_status_line_id_idx" ON "customer"("run_id", "status", "line", "id");

-- CreateIndex
CREATE INDEX "import_run_connection_id_settled_at_idx" ON "import_run"("connection_id", "settled_at" DESC);

-- CreateIndex
CREATE INDEX "order_connection_id_status_updated_at_id_idx" ON "order"("connection_id", "status", "updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "order_connection_id_status_occurred_at_id_idx" ON "order"("connection_id", "status", "occurred_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "order_run_id_status_line_id_idx" ON "order"("run_id", "status", "line", "id");

-- CreateIndex
CREATE INDEX "record_error_file_id_severity_code_line_idx" ON "record_error"("file_id", "severity", "code", "line");

-- CreateIndex
CREATE INDEX "reward_connection_id_status_updated_at_id_idx" ON "reward"("connection_id", "status", "updated_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "reward_connection_id_status_occurred_at_id_idx" ON "reward"("connection_id", "status", "occurred_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "reward_run_id_status_line_id_idx" ON "reward"("run_id", "status", "line", "id");

-- CreateIndex
CREATE INDEX "source_file_connection_id_first_seen_at_id_idx" ON "source_file"("connection_id", "first_seen_at" DESC, "id" DESC);

-- AddForeignKey
ALTER TABLE "record_figure" ADD CONSTRAINT "record_figure_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "record_figure" ADD CONSTRAINT "record_figure_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task" ADD CONSTRAINT "task_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task" ADD CONSTRAINT "task_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "download_ticket" ADD CONSTRAINT "download_ticket_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Search by the beginning of an address or number. Partial, because Prisma's language has no operator class and leaves partial ones alone.
CREATE INDEX "customer_email_idx" ON "customer"("connection_id", "email" text_pattern_ops) WHERE "email" IS NOT NULL;
CREATE INDEX "order_label_idx" ON "order"("connection_id", "label" text_pattern_ops) WHERE "label" IS NOT NULL;
CREATE INDEX "reward_label_idx" ON "reward"("connection_id", "label" text_pattern_ops) WHERE "label" IS NOT NULL;
