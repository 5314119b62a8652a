-- Erasing people. Only additions: the release before runs beside it.

-- The key of the hashes below, sealed; and whether Shopify's requests are passed on to Klaviyo.
ALTER TABLE "shop_settings" ADD COLUMN     "sealed_erasure_key" TEXT,
ADD COLUMN     "redact_in_klaviyo" BOOLEAN NOT NULL DEFAULT false;

-- Work on a request has begun.
ALTER TABLE "privacy_request" ADD COLUMN     "taken_at" TIMESTAMPTZ;

-- Whose hash it is: all of one person are lifted together.
ALTER TABLE "suppression" ADD COLUMN     "erasure_id" UUID;

-- CreateTable
CREATE TABLE "erasure" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "shop_id" UUID NOT NULL,
    "request_id" UUID,
    "actor" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "sealed_person" TEXT,
    "klaviyo" JSONB NOT NULL DEFAULT '{}',
    "figures" JSONB NOT NULL DEFAULT '{}',
    "requested_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "erased_at" TIMESTAMPTZ,
    "finished_at" TIMESTAMPTZ,
    "next_attempt_at" TIMESTAMPTZ,

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "erasure_request_id_key" ON "erasure"("request_id");

-- CreateIndex
CREATE INDEX "erasure_shop_id_requested_at_idx" ON "erasure"("shop_id", "requested_at");

-- CreateIndex
CREATE INDEX "suppression_shop_id_erasure_id_idx" ON "suppression"("shop_id", "erasure_id");

-- AddForeignKey
ALTER TABLE "erasure" ADD CONSTRAINT "erasure_shop_id_fkey" FOREIGN KEY ("shop_id") REFERENCES "shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Small tables, made in place. What a sweep looks for (Prisma's schema has no partial indexes).
CREATE INDEX "erasure_due_idx" ON "erasure"("next_attempt_at") WHERE "next_attempt_at" IS NOT NULL;
CREATE INDEX "privacy_request_untaken_idx" ON "privacy_request"("received_at") WHERE "done_at" IS NULL AND "taken_at" IS NULL;
