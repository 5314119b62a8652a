-- A customer's page shows the latest orders and rewards; one till customer may have very many. No installation has rows yet
-- (nothing was released), so the indexes are replaced in place.
-- DropIndex
DROP INDEX "order_connection_id_customer_key_idx";
-- DropIndex
DROP INDEX "reward_connection_id_customer_key_idx";
-- CreateIndex
CREATE INDEX "order_connection_id_customer_key_occurred_at_id_idx" ON "order"("connection_id", "customer_key", "occurred_at" DESC, "id" DESC);
-- CreateIndex
CREATE INDEX "reward_connection_id_customer_key_occurred_at_id_idx" ON "reward"("connection_id", "customer_key", "occurred_at" DESC, "id" DESC);
