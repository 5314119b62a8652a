import { describe, expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, createList, profileBody } from './client.ts';
import { differences, NOT_THERE, recordedExchanges, type RecordedExchange } from './recorded.ts';

const exchanges = recordedExchanges();

describe('exchanges recorded at the real Klaviyo', () => {
  if (exchanges === null) {
    test('agree with the local one', (context) => context.skip(NOT_THERE));
    return;
  }

  test.each(exchanges)('$name gets the same answer here', async (exchange) => {
    const clock = createClock();
    const variants = exchanges.flatMap(variantOf);
    await using klaviyo = await startLocalKlaviyo({
      clock: clock.now,
      accounts: [{ id: 'ACC', keys: [{ key: 'pk_local' }], variants }],
    });
    const client = clientOf(klaviyo);
    const email = 'someone@threadline.dev';
    const list = exchange.needs.includes('list') ? await createList(klaviyo, 'Newsletter') : 'none';
    const profile = exchange.needs.includes('profile')
      ? (await client.post('/api/profiles', profileBody({ email }))).body.data.id
      : 'none';
    // The limits are counted from here, as in the recording.
    clock.pass(120_000);

    const text = JSON.stringify(exchange.request)
      .replaceAll('{{LIST}}', list)
      .replaceAll('{{PROFILE}}', profile)
      .replaceAll('{{EMAIL}}', email)
      .replaceAll('{{EXTERNAL}}', 'customer-1');
    const request = JSON.parse(text) as RecordedExchange['request'];
    const reply = await client.send(request.method, request.path, request.body ?? undefined, {
      revision: exchange.revision,
      ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
    });

    expect(differences(exchange.response, reply)).toEqual([]);
  });
});

/** The catalogue variant of a recorded success exists here as well. */
function variantOf(exchange: RecordedExchange): string[] {
  const body = exchange.request.body as {
    data?: { relationships?: { variant?: { data: { id: string } } } };
  } | null;
  const id = body?.data?.relationships?.variant?.data.id;
  return id !== undefined && exchange.response.status === 202 ? [id] : [];
}
