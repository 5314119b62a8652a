-- E-mails: what waits to be sent and what was sent, one row for each recipient, and when a cause was last written about.

CREATE TABLE "mail" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "html" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "error" TEXT,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ,

    CONSTRAINT "mail_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "mail_status_check" CHECK ("status" IN ('waiting', 'sent', 'given-up')),
    CONSTRAINT "mail_kind_check" CHECK ("kind" IN ('problems', 'file', 'digest'))
);

CREATE TABLE "mail_cause" (
    "shop_id" UUID NOT NULL,
    "cause" TEXT NOT NULL,
    "mailed_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mail_cause_pkey" PRIMARY KEY ("shop_id","cause")
);

CREATE UNIQUE INDEX "mail_shop_id_key_recipient_key" ON "mail"("shop_id", "key", "recipient");
CREATE INDEX "mail_created_at_idx" ON "mail"("created_at");
CREATE INDEX "mail_waiting_idx" ON "mail"("next_attempt_at") WHERE "status" = 'waiting';
CREATE INDEX "mail_cause_mailed_at_idx" ON "mail_cause"("mailed_at");

ALTER TABLE "mail" ADD CONSTRAINT "mail_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "mail_cause" ADD CONSTRAINT "mail_cause_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "shop_settings" ADD COLUMN "digest" TEXT NOT NULL DEFAULT 'off';
ALTER TABLE "shop_settings" ADD CONSTRAINT "shop_settings_digest_check" CHECK ("digest" IN ('off', 'daily', 'weekly'));

-- Runs of before this release count as reported: nobody wants a mail about last year's files. The default is a constant to
-- PostgreSQL, so the table is not rewritten.
ALTER TABLE "import_run" ADD COLUMN "reported_at" TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE "import_run" ALTER COLUMN "reported_at" DROP DEFAULT;
UPDATE "import_run" SET "reported_at" = NULL WHERE "settled_at" IS NULL AND "started_at" > CURRENT_TIMESTAMP - interval '1 day';
