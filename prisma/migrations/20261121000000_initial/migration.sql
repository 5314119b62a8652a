-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL,
    "shop" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "isOnline" BOOLEAN NOT NULL DEFAULT false,
    "scope" TEXT,
    "expires" TIMESTAMP(3),
    "accessToken" TEXT NOT NULL,
    "userId" BIGINT,
    "firstName" TEXT,
    "lastName" TEXT,
    "email" TEXT,
    "accountOwner" BOOLEAN NOT NULL DEFAULT false,
    "locale" TEXT,
    "collaborator" BOOLEAN DEFAULT false,
    "emailVerified" BOOLEAN DEFAULT false,
    "refreshToken" TEXT,
    "refreshTokenExpires" TIMESTAMP(3),

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "shop" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "domain" TEXT NOT NULL,
    "installed_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "uninstalled_at" TIMESTAMPTZ,

    CONSTRAINT "shop_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "shop_settings" (
    "shop_id" UUID NOT NULL,
    "timezone" TEXT NOT NULL DEFAULT 'Australia/Sydney',
    "phone_country" TEXT NOT NULL DEFAULT 'AU',
    "currency" TEXT NOT NULL DEFAULT 'AUD',
    "data_sync" BOOLEAN NOT NULL DEFAULT true,
    "poll_seconds" INTEGER NOT NULL DEFAULT 30,
    "cleanup_enabled" BOOLEAN NOT NULL DEFAULT true,
    "retention_days" INTEGER NOT NULL DEFAULT 30,

    CONSTRAINT "shop_settings_pkey" PRIMARY KEY ("shop_id")
);

-- CreateTable
CREATE TABLE "sftp_account" (
    "shop_id" UUID NOT NULL,
    "host" TEXT NOT NULL,
    "port" INTEGER NOT NULL DEFAULT 22,
    "username" TEXT NOT NULL,
    "sealed_password" TEXT,
    "sealed_private_key" TEXT,
    "sealed_passphrase" TEXT,
    "host_key" TEXT,
    "host_key_pinned_at" TIMESTAMPTZ,

    CONSTRAINT "sftp_account_pkey" PRIMARY KEY ("shop_id")
);

-- CreateTable
CREATE TABLE "connection" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL DEFAULT 0,
    "directory" TEXT NOT NULL,
    "sealed_key" TEXT NOT NULL,
    "key_last4" TEXT NOT NULL,
    "key_refused_at" TIMESTAMPTZ,
    "account_id" TEXT,
    "account_name" TEXT,
    "event_seed" TEXT NOT NULL,
    "list" TEXT,
    "mode" TEXT NOT NULL DEFAULT 'production',
    "test_max_records" INTEGER NOT NULL DEFAULT 50,
    "batch_size" INTEGER NOT NULL DEFAULT 10000,
    "history_before" TEXT,
    "events" JSONB NOT NULL,
    "item_events" BOOLEAN NOT NULL DEFAULT false,
    "pass_through" BOOLEAN NOT NULL DEFAULT false,
    "send_external_id" BOOLEAN NOT NULL DEFAULT true,
    "notify" JSONB NOT NULL DEFAULT '{}',
    "expect" JSONB NOT NULL DEFAULT '[]',
    "paused" BOOLEAN NOT NULL DEFAULT false,
    "requests" JSONB NOT NULL DEFAULT '{}',
    "list_ids" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "polled_at" TIMESTAMPTZ,
    "removed_at" TIMESTAMPTZ,

    CONSTRAINT "connection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "column_settings" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID,
    "kind" TEXT NOT NULL,
    "columns" JSONB NOT NULL,

    CONSTRAINT "column_settings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mapping" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID,
    "scope" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "blank" TEXT NOT NULL DEFAULT 'keep',
    "rules" JSONB NOT NULL,
    "position" INTEGER NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mapping_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mapping_revision" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "mapping_id" UUID NOT NULL,
    "snapshot" JSONB NOT NULL,
    "actor" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mapping_revision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "translation_table" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "when_missing" TEXT NOT NULL DEFAULT 'keep',

    CONSTRAINT "translation_table_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "translation_entry" (
    "table_id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "target" TEXT NOT NULL,

    CONSTRAINT "translation_entry_pkey" PRIMARY KEY ("table_id","source")
);

-- CreateTable
CREATE TABLE "translation_miss" (
    "shop_id" UUID NOT NULL,
    "table_name" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 0,
    "first_seen" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "translation_miss_pkey" PRIMARY KEY ("shop_id","table_name","value")
);

-- CreateTable
CREATE TABLE "source_file" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "lane" TEXT NOT NULL,
    "kind" TEXT,
    "path" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "stamp" TIMESTAMPTZ,
    "size" BIGINT NOT NULL,
    "modified_at" TIMESTAMPTZ NOT NULL,
    "status" TEXT NOT NULL,
    "sha256" TEXT,
    "spool_path" TEXT,
    "format" JSONB,
    "problem" JSONB,
    "released" BOOLEAN NOT NULL DEFAULT false,
    "first_seen_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_owner" TEXT,
    "lease_until" TIMESTAMPTZ,
    "archived_path" TEXT,
    "archived_at" TIMESTAMPTZ,

    CONSTRAINT "source_file_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_run" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "file_id" UUID NOT NULL,
    "status" TEXT NOT NULL,
    "rules" JSONB NOT NULL,
    "rules_hash" TEXT NOT NULL,
    "total_rows" INTEGER NOT NULL DEFAULT 0,
    "checkpoint" JSONB NOT NULL DEFAULT '{}',
    "read" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "changed" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "folded" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "warnings" JSONB NOT NULL DEFAULT '{}',
    "preview" JSONB,
    "test_sent" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "imported_at" TIMESTAMPTZ,
    "settled_at" TIMESTAMPTZ,

    CONSTRAINT "import_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "customer" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "source" JSONB NOT NULL,
    "source_hash" TEXT NOT NULL,
    "rules_hash" TEXT NOT NULL,
    "payload" JSONB,
    "payload_hash" TEXT,
    "payload_bytes" INTEGER NOT NULL DEFAULT 0,
    "synced_hash" TEXT,
    "status" TEXT NOT NULL,
    "reason" JSONB,
    "run_id" UUID,
    "line" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "synced_at" TIMESTAMPTZ,
    "email" TEXT,
    "phone" TEXT,
    "source_updated_at" TIMESTAMPTZ,
    "arrived_at" TIMESTAMPTZ,
    "bulk" BOOLEAN NOT NULL DEFAULT false,
    "single" BOOLEAN NOT NULL DEFAULT false,
    "list_name" TEXT,
    "synced_list_name" TEXT,
    "consent_email" TEXT,
    "consent_email_done" TEXT,
    "consent_sms" TEXT,
    "consent_sms_done" TEXT,
    "consent_source" TEXT,
    "consent_at" TIMESTAMPTZ,
    "consent_set_at" TIMESTAMPTZ,

    CONSTRAINT "customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "source" JSONB NOT NULL,
    "source_hash" TEXT NOT NULL,
    "rules_hash" TEXT NOT NULL,
    "payload" JSONB,
    "payload_hash" TEXT,
    "payload_bytes" INTEGER NOT NULL DEFAULT 0,
    "synced_hash" TEXT,
    "status" TEXT NOT NULL,
    "reason" JSONB,
    "run_id" UUID,
    "line" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "synced_at" TIMESTAMPTZ,
    "customer_key" TEXT NOT NULL,
    "label" TEXT,
    "occurred_at" TIMESTAMPTZ,
    "history" BOOLEAN NOT NULL DEFAULT false,
    "event_count" INTEGER NOT NULL DEFAULT 0,
    "sent_parts" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "changed_after_send" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "order_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reward" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "source" JSONB NOT NULL,
    "source_hash" TEXT NOT NULL,
    "rules_hash" TEXT NOT NULL,
    "payload" JSONB,
    "payload_hash" TEXT,
    "payload_bytes" INTEGER NOT NULL DEFAULT 0,
    "synced_hash" TEXT,
    "status" TEXT NOT NULL,
    "reason" JSONB,
    "run_id" UUID,
    "line" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "synced_at" TIMESTAMPTZ,
    "customer_key" TEXT NOT NULL,
    "label" TEXT,
    "occurred_at" TIMESTAMPTZ,
    "history" BOOLEAN NOT NULL DEFAULT false,
    "event_count" INTEGER NOT NULL DEFAULT 0,
    "sent_parts" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "changed_after_send" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "reward_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consent_decision" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "customer_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "wish" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "wish_set_at" TIMESTAMPTZ,
    "klaviyo" JSONB NOT NULL,
    "decided_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "consent_decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "push_batch" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "grouping" JSONB NOT NULL DEFAULT '{}',
    "item_count" INTEGER NOT NULL DEFAULT 0,
    "job_id" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ,
    "answer" JSONB,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ,
    "confirmed_at" TIMESTAMPTZ,

    CONSTRAINT "push_batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "push_item" (
    "batch_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "record_kind" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "part" TEXT NOT NULL,
    "payload_hash" TEXT,
    "open" BOOLEAN NOT NULL DEFAULT true,
    "outcome" TEXT,
    "code" TEXT,
    "detail" TEXT,

    CONSTRAINT "push_item_pkey" PRIMARY KEY ("batch_id","position")
);

-- CreateTable
CREATE TABLE "record_error" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "file_id" UUID,
    "record_kind" TEXT,
    "record_key" TEXT,
    "severity" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "line" INTEGER,
    "column" TEXT,
    "value" TEXT,
    "source" JSONB,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "record_error_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID,
    "cause" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "hint" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolved_at" TIMESTAMPTZ,

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "changes" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "daily_figure" (
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "record_kind" TEXT NOT NULL,
    "synced" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "daily_figure_pkey" PRIMARY KEY ("shop_id","connection_id","day","record_kind")
);

-- CreateTable
CREATE TABLE "webhook_receipt" (
    "id" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "shop" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_receipt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "privacy_request" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "topic" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "received_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "done_at" TIMESTAMPTZ,

    CONSTRAINT "privacy_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "suppression" (
    "shop_id" UUID NOT NULL,
    "identity_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "suppression_pkey" PRIMARY KEY ("shop_id","identity_hash")
);

-- CreateIndex
CREATE INDEX "Session_shop_idx" ON "Session"("shop");

-- CreateIndex
CREATE UNIQUE INDEX "shop_domain_key" ON "shop"("domain");

-- CreateIndex
CREATE UNIQUE INDEX "connection_shop_id_name_key" ON "connection"("shop_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "connection_shop_id_directory_key" ON "connection"("shop_id", "directory");

-- CreateIndex
CREATE UNIQUE INDEX "connection_shop_id_id_key" ON "connection"("shop_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "column_settings_shop_id_connection_id_kind_key" ON "column_settings"("shop_id", "connection_id", "kind");

-- CreateIndex
CREATE INDEX "mapping_shop_id_scope_position_idx" ON "mapping"("shop_id", "scope", "position");

-- CreateIndex
CREATE INDEX "mapping_revision_shop_id_mapping_id_created_at_idx" ON "mapping_revision"("shop_id", "mapping_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "translation_table_shop_id_name_key" ON "translation_table"("shop_id", "name");

-- CreateIndex
CREATE INDEX "source_file_connection_id_status_idx" ON "source_file"("connection_id", "status");

-- CreateIndex
CREATE INDEX "source_file_connection_id_sha256_idx" ON "source_file"("connection_id", "sha256");

-- CreateIndex
CREATE UNIQUE INDEX "source_file_connection_id_path_size_modified_at_key" ON "source_file"("connection_id", "path", "size", "modified_at");

-- CreateIndex
CREATE UNIQUE INDEX "source_file_shop_id_id_key" ON "source_file"("shop_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "import_run_file_id_key" ON "import_run"("file_id");

-- CreateIndex
CREATE INDEX "import_run_connection_id_status_idx" ON "import_run"("connection_id", "status");

-- CreateIndex
CREATE UNIQUE INDEX "import_run_shop_id_id_key" ON "import_run"("shop_id", "id");

-- CreateIndex
CREATE INDEX "customer_connection_id_status_id_idx" ON "customer"("connection_id", "status", "id");

-- CreateIndex
CREATE INDEX "customer_connection_id_email_idx" ON "customer"("connection_id", "email");

-- CreateIndex
CREATE INDEX "customer_run_id_idx" ON "customer"("run_id");

-- CreateIndex
CREATE UNIQUE INDEX "customer_connection_id_external_id_key" ON "customer"("connection_id", "external_id");

-- CreateIndex
CREATE INDEX "order_connection_id_status_id_idx" ON "order"("connection_id", "status", "id");

-- CreateIndex
CREATE INDEX "order_connection_id_customer_key_idx" ON "order"("connection_id", "customer_key");

-- CreateIndex
CREATE INDEX "order_run_id_idx" ON "order"("run_id");

-- CreateIndex
CREATE UNIQUE INDEX "order_connection_id_external_id_key" ON "order"("connection_id", "external_id");

-- CreateIndex
CREATE INDEX "reward_connection_id_status_id_idx" ON "reward"("connection_id", "status", "id");

-- CreateIndex
CREATE INDEX "reward_connection_id_customer_key_idx" ON "reward"("connection_id", "customer_key");

-- CreateIndex
CREATE INDEX "reward_run_id_idx" ON "reward"("run_id");

-- CreateIndex
CREATE UNIQUE INDEX "reward_connection_id_external_id_key" ON "reward"("connection_id", "external_id");

-- CreateIndex
CREATE INDEX "consent_decision_shop_id_customer_id_decided_at_idx" ON "consent_decision"("shop_id", "customer_id", "decided_at");

-- CreateIndex
CREATE INDEX "consent_decision_connection_id_decided_at_idx" ON "consent_decision"("connection_id", "decided_at");

-- CreateIndex
CREATE INDEX "push_batch_connection_id_status_idx" ON "push_batch"("connection_id", "status");

-- CreateIndex
CREATE INDEX "push_item_record_id_idx" ON "push_item"("record_id");

-- CreateIndex
CREATE INDEX "record_error_file_id_severity_line_idx" ON "record_error"("file_id", "severity", "line");

-- CreateIndex
CREATE INDEX "record_error_connection_id_created_at_idx" ON "record_error"("connection_id", "created_at");

-- CreateIndex
CREATE INDEX "alert_shop_id_resolved_at_idx" ON "alert"("shop_id", "resolved_at");

-- CreateIndex
CREATE INDEX "audit_log_shop_id_created_at_idx" ON "audit_log"("shop_id", "created_at");

-- AddForeignKey
ALTER TABLE "shop_settings" ADD CONSTRAINT "shop_settings_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sftp_account" ADD CONSTRAINT "sftp_account_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connection" ADD CONSTRAINT "connection_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "column_settings" ADD CONSTRAINT "column_settings_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "column_settings" ADD CONSTRAINT "column_settings_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mapping" ADD CONSTRAINT "mapping_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mapping" ADD CONSTRAINT "mapping_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mapping_revision" ADD CONSTRAINT "mapping_revision_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "translation_table" ADD CONSTRAINT "translation_table_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "translation_entry" ADD CONSTRAINT "translation_entry_table_id_fkey" FOREIGN KEY ("table_id") REFERENCES "translation_table"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "translation_miss" ADD CONSTRAINT "translation_miss_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "source_file" ADD CONSTRAINT "source_file_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "source_file" ADD CONSTRAINT "source_file_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_run" ADD CONSTRAINT "import_run_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_run" ADD CONSTRAINT "import_run_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_run" ADD CONSTRAINT "import_run_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "source_file"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "customer" ADD CONSTRAINT "customer_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "customer" ADD CONSTRAINT "customer_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order" ADD CONSTRAINT "order_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order" ADD CONSTRAINT "order_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reward" ADD CONSTRAINT "reward_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reward" ADD CONSTRAINT "reward_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent_decision" ADD CONSTRAINT "consent_decision_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent_decision" ADD CONSTRAINT "consent_decision_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "push_batch" ADD CONSTRAINT "push_batch_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "push_batch" ADD CONSTRAINT "push_batch_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "push_item" ADD CONSTRAINT "push_item_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "push_batch"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "record_error" ADD CONSTRAINT "record_error_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "record_error" ADD CONSTRAINT "record_error_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "source_file"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert" ADD CONSTRAINT "alert_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_log" ADD CONSTRAINT "audit_log_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "daily_figure" ADD CONSTRAINT "daily_figure_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "privacy_request" ADD CONSTRAINT "privacy_request_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "suppression" ADD CONSTRAINT "suppression_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;
