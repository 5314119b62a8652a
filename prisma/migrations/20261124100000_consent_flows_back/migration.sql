-- Who left in Klaviyo is told to Apparel21. Only additions: the release before runs beside it.

-- Off until somebody switches it on. PostgreSQL adds a column with a constant default without writing the table.
ALTER TABLE "connection" ADD COLUMN     "consent_asked_at" TIMESTAMPTZ,
ADD COLUMN     "consent_back" TEXT NOT NULL DEFAULT 'off',
ADD COLUMN     "consent_look" JSONB,
ADD COLUMN     "consent_looked_at" TIMESTAMPTZ,
ADD COLUMN     "consent_mark_email" TIMESTAMPTZ,
ADD COLUMN     "consent_mark_sms" TIMESTAMPTZ,
ADD COLUMN     "consent_wanted_at" TIMESTAMPTZ;

-- CreateTable
CREATE TABLE "consent_leaving" (
    "customer_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "left_at" TIMESTAMPTZ,
    "noted_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "export_id" UUID,

    CONSTRAINT "consent_leaving_pkey" PRIMARY KEY ("customer_id","channel")
);

-- CreateTable
CREATE TABLE "consent_export" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'planned',
    "rows" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "written_at" TIMESTAMPTZ,

    CONSTRAINT "consent_export_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "consent_leaving_connection_id_export_id_idx" ON "consent_leaving"("connection_id", "export_id");

-- CreateIndex
CREATE INDEX "consent_leaving_export_id_idx" ON "consent_leaving"("export_id");

-- CreateIndex
CREATE UNIQUE INDEX "consent_export_connection_id_name_key" ON "consent_export"("connection_id", "name");

-- AddForeignKey
ALTER TABLE "consent_leaving" ADD CONSTRAINT "consent_leaving_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent_leaving" ADD CONSTRAINT "consent_leaving_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent_leaving" ADD CONSTRAINT "consent_leaving_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent_leaving" ADD CONSTRAINT "consent_leaving_export_id_fkey" FOREIGN KEY ("export_id") REFERENCES "consent_export"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent_export" ADD CONSTRAINT "consent_export_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent_export" ADD CONSTRAINT "consent_export_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE CASCADE ON UPDATE CASCADE;
