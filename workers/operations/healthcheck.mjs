// Asks this container's process whether it lives: exit code 0 or 1. Plain JavaScript, because it is started every few seconds.
// A worker answers on METRICS_PORT, the web server on PORT.
const port = process.env.METRICS_PORT || process.env.PORT || '3000';
try {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
