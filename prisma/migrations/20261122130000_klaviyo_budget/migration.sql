-- Klaviyo counts requests per account and operation, whoever sends them: so do we, in one row for all processes. Every turn
-- changes its row, so pages keep room for the next version of it.
CREATE TABLE "klaviyo_budget" (
    "account" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "limits" JSONB,
    "minute_limit" INTEGER NOT NULL,
    "spent_until" TIMESTAMPTZ,
    "last_turn_at" TIMESTAMPTZ,
    "long_turns" TIMESTAMPTZ[] DEFAULT ARRAY[]::TIMESTAMPTZ[],
    "blocked_until" TIMESTAMPTZ,
    "blocked_because" TEXT,
    "asked_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "turn_at" TIMESTAMPTZ,
    "turn_count" INTEGER NOT NULL DEFAULT 0,
    "minute_at" TIMESTAMPTZ,
    "minute_count" INTEGER NOT NULL DEFAULT 0,
    "minute_before" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "klaviyo_budget_pkey" PRIMARY KEY ("account","operation")
) WITH (fillfactor = 50);

-- When the key was last asked whose account it opens: one that may not say is not asked at every pass.
ALTER TABLE "connection" ADD COLUMN "account_asked_at" TIMESTAMPTZ;
