-- Import and push of a connection take turns: who came in vain is let in first.
ALTER TABLE "connection" ADD COLUMN "turn_wanted_by" TEXT, ADD COLUMN "turn_wanted_at" TIMESTAMPTZ;

-- A value of ours, sealed with the key in use: a process that cannot open it has other keys than the secrets were sealed with.
CREATE TABLE "key_check" (
  "id" INTEGER NOT NULL DEFAULT 1,
  "sealed" TEXT NOT NULL,
  CONSTRAINT "key_check_pkey" PRIMARY KEY ("id")
);
