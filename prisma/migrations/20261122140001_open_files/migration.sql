-- Files that something still happens to, of all shops: few among very many. Monitoring asks every few seconds how old the oldest is.
CREATE INDEX CONCURRENTLY "source_file_open_idx" ON "source_file"("status", "lane", "first_seen_at") WHERE "status" IN ('discovered', 'importing', 'imported', 'held', 'waiting-for-start');
