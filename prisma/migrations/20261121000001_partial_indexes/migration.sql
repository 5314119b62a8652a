-- What Prisma's schema language cannot say. Tables are new and empty here: plain CREATE INDEX locks nobody.

-- A record's part is in one open batch item at most: the second planner of two gets a unique violation, not a second event.
CREATE UNIQUE INDEX "push_item_open_part_key" ON "push_item"("record_id", "part") WHERE "open";

-- NULLs are distinct in a unique index (NULLS NOT DISTINCT needs PostgreSQL 15): shop-wide settings need one of their own.
CREATE UNIQUE INDEX "column_settings_shop_wide_key" ON "column_settings"("shop_id", "kind") WHERE "connection_id" IS NULL;

-- One open alert per cause.
CREATE UNIQUE INDEX "alert_open_cause_key" ON "alert"("shop_id", "cause") WHERE "resolved_at" IS NULL;

-- Status words, as in app/domain/records.ts (RECORD_STATUSES, FILE_STATUSES). A test compares them.
ALTER TABLE "customer" ADD CONSTRAINT "customer_status_check" CHECK ("status" IN ('synced', 'pending', 'sending', 'waiting', 'failed', 'skipped', 'held'));
ALTER TABLE "order" ADD CONSTRAINT "order_status_check" CHECK ("status" IN ('synced', 'pending', 'sending', 'waiting', 'failed', 'skipped', 'held'));
ALTER TABLE "reward" ADD CONSTRAINT "reward_status_check" CHECK ("status" IN ('synced', 'pending', 'sending', 'waiting', 'failed', 'skipped', 'held'));
ALTER TABLE "source_file" ADD CONSTRAINT "source_file_status_check" CHECK ("status" IN ('discovered', 'importing', 'imported', 'archived', 'duplicate', 'held', 'previewed', 'waiting-for-start', 'unrecognised', 'failed', 'discarded', 'gone'));
