-- Two things that are rare among very many. Partial indexes hold just these, so they cost next to nothing while records settle.

-- What a person asked to send while data sync is off: looked for at every pass, among perhaps a million that wait.
CREATE INDEX "customer_send_now_idx" ON "customer"("connection_id", "id") WHERE "send_now";
CREATE INDEX "order_send_now_idx" ON "order"("connection_id", "id") WHERE "send_now";
CREATE INDEX "reward_send_now_idx" ON "reward"("connection_id", "id") WHERE "send_now";

-- Failed records by cause, newest first.
CREATE INDEX "customer_failed_cause_idx" ON "customer"("connection_id", (("reason"->>'code')), "updated_at" DESC, "id" DESC) WHERE "status" = 'failed';
CREATE INDEX "order_failed_cause_idx" ON "order"("connection_id", (("reason"->>'code')), "updated_at" DESC, "id" DESC) WHERE "status" = 'failed';
CREATE INDEX "reward_failed_cause_idx" ON "reward"("connection_id", (("reason"->>'code')), "updated_at" DESC, "id" DESC) WHERE "status" = 'failed';

-- Failed records of a run by cause, in the order of the file.
CREATE INDEX "customer_run_cause_idx" ON "customer"("run_id", (("reason"->>'code')), "line", "id") WHERE "status" = 'failed';
CREATE INDEX "order_run_cause_idx" ON "order"("run_id", (("reason"->>'code')), "line", "id") WHERE "status" = 'failed';
CREATE INDEX "reward_run_cause_idx" ON "reward"("run_id", (("reason"->>'code')), "line", "id") WHERE "status" = 'failed';
