-- Records that are tried again later, rare among very many: the push schedule of a connection tells how many and when.
CREATE INDEX "customer_tried_again_idx" ON "customer"("connection_id", "next_attempt_at") WHERE "next_attempt_at" IS NOT NULL;
CREATE INDEX "order_tried_again_idx" ON "order"("connection_id", "next_attempt_at") WHERE "next_attempt_at" IS NOT NULL;
CREATE INDEX "reward_tried_again_idx" ON "reward"("connection_id", "next_attempt_at") WHERE "next_attempt_at" IS NOT NULL;
