-- Whether Apparel21's consent changed between two files that we read: only then is the row's time when it was said. Of a value that
-- was there at the first look the row's last change tells no more than "not later".
ALTER TABLE "customer" ADD COLUMN "consent_change_seen" BOOLEAN NOT NULL DEFAULT false;
