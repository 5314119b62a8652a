CREATE INDEX CONCURRENTLY "import_run_unreported_idx" ON "import_run"("imported_at") WHERE "reported_at" IS NULL AND "status" = 'imported';
