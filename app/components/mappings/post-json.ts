/**
 * Asks a resource route of this app something that changes nothing on this page. Unlike a fetcher it has no loader run again, and
 * an answer that does not come leaves the page as it is: null. (App Bridge adds the session token to `fetch`.)
 */
export async function postJson<Answer>(
  url: string,
  body: object,
  signal: AbortSignal,
): Promise<Answer | null> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    return answer.ok ? ((await answer.json()) as Answer) : null;
  } catch {
    // Aborted because something newer was asked, or there is no network: nothing to tell.
    return null;
  }
}
