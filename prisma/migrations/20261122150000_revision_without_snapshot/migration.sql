-- A mapping that was just made has no earlier state: its first revision holds nothing (NULL), not the JSON value null, which
-- `snapshot IS NULL` would not find. The release before reads and writes both.
ALTER TABLE "mapping_revision" ALTER COLUMN "snapshot" DROP NOT NULL;

UPDATE "mapping_revision" SET "snapshot" = NULL WHERE "snapshot" = 'null'::jsonb;
