-- Keeps "record_figure" in step with the record tables, statement by statement and in the same transaction. It only ever adds
-- rows, so two writers of one connection never wait for each other; the end of a pass folds them into one per status.

CREATE FUNCTION note_record_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO record_figure (shop_id, connection_id, record_kind, status, count)
    SELECT shop_id, connection_id, TG_ARGV[0], status, count(*) FROM after_rows GROUP BY shop_id, connection_id, status;
  ELSIF TG_OP = 'DELETE' THEN
    -- A shop or connection that goes takes its figures along.
    INSERT INTO record_figure (shop_id, connection_id, record_kind, status, count)
    SELECT r.shop_id, r.connection_id, TG_ARGV[0], r.status, -count(*)
      FROM before_rows r JOIN shop s ON s.id = r.shop_id JOIN connection c ON c.id = r.connection_id
     GROUP BY r.shop_id, r.connection_id, r.status;
  ELSE
    INSERT INTO record_figure (shop_id, connection_id, record_kind, status, count)
    SELECT shop_id, connection_id, TG_ARGV[0], status, sum(change)
      FROM (SELECT shop_id, connection_id, status, 1 AS change FROM after_rows
            UNION ALL SELECT shop_id, connection_id, status, -1 FROM before_rows) m
     GROUP BY shop_id, connection_id, status HAVING sum(change) <> 0;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER record_figures_inserted AFTER INSERT ON "customer" REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_record_figures('customers');
CREATE TRIGGER record_figures_updated AFTER UPDATE ON "customer" REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_record_figures('customers');
CREATE TRIGGER record_figures_deleted AFTER DELETE ON "customer" REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_record_figures('customers');

CREATE TRIGGER record_figures_inserted AFTER INSERT ON "order" REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_record_figures('orders');
CREATE TRIGGER record_figures_updated AFTER UPDATE ON "order" REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_record_figures('orders');
CREATE TRIGGER record_figures_deleted AFTER DELETE ON "order" REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_record_figures('orders');

CREATE TRIGGER record_figures_inserted AFTER INSERT ON "reward" REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_record_figures('rewards');
CREATE TRIGGER record_figures_updated AFTER UPDATE ON "reward" REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_record_figures('rewards');
CREATE TRIGGER record_figures_deleted AFTER DELETE ON "reward" REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION note_record_figures('rewards');

INSERT INTO record_figure (shop_id, connection_id, record_kind, status, count)
SELECT shop_id, connection_id, 'customers', status, count(*) FROM "customer" GROUP BY shop_id, connection_id, status
UNION ALL SELECT shop_id, connection_id, 'orders', status, count(*) FROM "order" GROUP BY shop_id, connection_id, status
UNION ALL SELECT shop_id, connection_id, 'rewards', status, count(*) FROM "reward" GROUP BY shop_id, connection_id, status;
