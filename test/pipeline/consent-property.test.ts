import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConsentChannel } from '#app/domain/records.ts';
import { customersCsv } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/**
 * What people, Apparel21 and Klaviyo do, one thing a day: `told` and `bought` change a row of Apparel21, `exported` is a
 * full export, `again` an older one that comes once more, `left` and `joined` happen in Klaviyo.
 */
type Step =
  | { what: 'told'; key: number; channel: ConsentChannel; word: 'Y' | 'N' | '' }
  | { what: 'bought'; key: number }
  | { what: 'exported'; isFaulty: boolean }
  | { what: 'again'; back: number }
  | { what: 'left'; key: number; channel: ConsentChannel; how: 'unsubscribe' | 'suppress' }
  | { what: 'joined'; key: number; channel: ConsentChannel };

const KEYS = 3;
const DAYS = 40;
const DAY_MS = 86_400_000;
const CHANNELS = ['email', 'sms'] as const;

const key = fc.integer({ min: 1, max: KEYS });
const channel = fc.constantFrom(...CHANNELS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('told' as const),
      key,
      channel,
      word: fc.constantFrom('Y' as const, 'Y' as const, 'N' as const, '' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('bought' as const), key }) },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('exported' as const), isFaulty: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('again' as const), back: fc.integer({ min: 0, max: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('left' as const),
      key,
      channel,
      how: fc.constantFrom('unsubscribe' as const, 'suppress' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('joined' as const), key, channel }) },
);

type Row = { PERIDX: string; EMAIL_OPT_IN: string; SMS_OPT_IN: string; ORDER_COUNT: number; updated: number };
/** One word of Apparel21 as the files show it: on which day its row was changed, and whether it was there at the first look. */
type Word = { wish: string; updated: number; isFirstLook: boolean; seen: number };
/** Who did what in Klaviyo, by person and channel. */
type Deed = { did: 'left' | 'joined'; day: number };

const emailOf = (id: string | number) => `person${id}@shop.example`;
const phoneOf = (id: string | number) => `+6140000010${id}`;
const subject = (id: string | number, ch: ConsentChannel) => `${id} ${ch}`;

const BEGAN = Date.now();
const START = Math.floor(BEGAN / DAY_MS) * DAY_MS - DAYS * DAY_MS;
const timeOf = (day: number, hour: number) => new Date(START + day * DAY_MS + hour * 3_600_000).toISOString();

class History {
  day = 1;
  readonly rows: Row[] = Array.from({ length: KEYS }, (_, index) => ({
    PERIDX: String(index + 1),
    EMAIL_OPT_IN: '',
    SMS_OPT_IN: '',
    ORDER_COUNT: 0,
    updated: 0,
  }));
  readonly exports: Row[][] = [];
  readonly words = new Map<string, Word[]>();
  readonly deeds = new Map<string, Deed[]>();
  /** Klaviyo's clock: every day at half past eight in the evening it gets the files. */
  readonly clock = () => START + this.day * DAY_MS + 20.5 * 3_600_000 + (Date.now() - BEGAN);
  private readonly newest = new Map<string, number>();

  /** What a file says that is newly looked at. A yes of a row that is older than one that came before says nothing. */
  look(rows: readonly Row[]): void {
    for (const row of rows) {
      const newest = this.newest.get(row.PERIDX);
      for (const ch of CHANNELS) {
        const said = { Y: 'subscribe', N: 'unsubscribe' }[ch === 'email' ? row.EMAIL_OPT_IN : row.SMS_OPT_IN];
        const words = this.words.get(subject(row.PERIDX, ch)) ?? [];
        const isOld = newest !== undefined && row.updated < newest && said === 'subscribe';
        if (said !== undefined && words.at(-1)?.wish !== said && !isOld) {
          const word = {
            wish: said,
            updated: row.updated,
            isFirstLook: newest === undefined,
            seen: this.day,
          };
          this.words.set(subject(row.PERIDX, ch), [...words, word]);
        }
      }
    }
    for (const row of rows) {
      this.newest.set(row.PERIDX, Math.max(row.updated, this.newest.get(row.PERIDX) ?? 0));
    }
  }
}

async function live(world: World, history: History, steps: readonly Step[]): Promise<void> {
  for (const one of steps) {
    history.day += 1;
    if (one.what === 'told' || one.what === 'bought') {
      tell(history, one);
    } else if (one.what === 'left' || one.what === 'joined') {
      await act(world, history, one);
    } else if (one.what === 'exported') {
      history.exports.push(history.rows.map((row) => ({ ...row })));
      await deliver(world, history, history.exports.at(-1) ?? [], one.isFaulty);
    } else {
      await deliver(world, history, history.exports.at(-1 - one.back) ?? [], false);
    }
  }
}

function tell(history: History, one: Extract<Step, { what: 'told' | 'bought' }>): void {
  const row = history.rows[one.key - 1];
  if (row !== undefined) {
    Object.assign(
      row,
      one.what === 'bought'
        ? { ORDER_COUNT: row.ORDER_COUNT + 1 }
        : { [one.channel === 'email' ? 'EMAIL_OPT_IN' : 'SMS_OPT_IN']: one.word },
      { updated: history.day },
    );
  }
}

/** Klaviyo suppresses addresses of e-mail only. */
async function act(
  world: World,
  history: History,
  one: Extract<Step, { what: 'left' | 'joined' }>,
): Promise<void> {
  const deed = one.what === 'joined' ? 'subscribe' : one.channel === 'sms' ? 'unsubscribe' : one.how;
  const answer = await fetch(`${world.klaviyo.url}/_${deed}`, {
    method: 'POST',
    body: JSON.stringify({
      email: emailOf(one.key),
      phone_number: phoneOf(one.key),
      channel: one.channel,
      at: timeOf(history.day, 15),
    }),
  });
  expect(answer.status).toBe(200);
  const at = subject(one.key, one.channel);
  history.deeds.set(at, [...(history.deeds.get(at) ?? []), { did: one.what, day: history.day }]);
}

async function deliver(world: World, history: History, rows: Row[], isFaulty: boolean): Promise<void> {
  if (rows.length === 0) {
    return;
  }
  world.put(
    `/pending/au/customers_${timeOf(history.day, 20).replace(/[-:]|\.\d+/g, '')}.csv`,
    customersCsv(
      rows.map(({ updated, ...row }) => ({
        ...row,
        ORDER_COUNT: String(row.ORDER_COUNT),
        EMAIL: emailOf(row.PERIDX),
        MOBILE: phoneOf(row.PERIDX),
        LAST_UPDATED: timeOf(updated, 10).slice(0, 19),
      })),
    ),
  );
  history.look(rows);
  const before = new Date();
  if (isFaulty) {
    const kinds = ['reset-after', 'reset-before', '503'] as const;
    world.klaviyo.setFaults(
      kinds.map((kind) => ({ kind, probability: 0.3, times: 2, seed: history.day, match: {} })),
    );
    await world.sync();
    world.klaviyo.setFaults([]);
  }
  await world.sync();
  // The day of the file passes for our own notes as well.
  await world.ctx.db.sql(
    `UPDATE push_batch SET sent_at = sent_at - $2 * interval '1 millisecond' WHERE sent_at >= $1`,
    [before, Date.now() - history.clock()],
  );
}

test(
  'whatever files, leavings and replays come, nobody who left in Klaviyo is subscribed again without a newer yes, and no call repeats',
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const history = new History();
        await using world = await createWorld({
          extra: MAPPINGS,
          settings: { maxAttempts: 12, consentSettleMs: 300 },
          klaviyo: { clock: history.clock },
        });
        await live(world, history, [...steps, { what: 'exported', isFaulty: false }]);
        expect(problemsOf(world, history)).toEqual([]);
      }),
      {
        numRuns: Number(process.env.THREADLINE_TEST_RUNS ?? 10),
        endOnFailure: true,
        examples: RARE.map((steps) => [steps]),
      },
    );
  },
);

const says = (word: 'Y' | 'N'): Step => ({ what: 'told', key: 1, channel: 'email', word });
const leaves: Step = { what: 'left', key: 1, channel: 'email', how: 'unsubscribe' };
const file: Step = { what: 'exported', isFaulty: false };
const old: Step = { what: 'again', back: 1 };

/** Sequences that chance seldom finds: an old yes that comes again, and one that comes after a leaving. */
const RARE: Step[][] = [
  [says('Y'), file, says('N'), file, old, old],
  [says('Y'), file, leaves, says('N'), file, old, says('Y'), file],
  [says('Y'), { what: 'bought', key: 1 }, file, leaves, { what: 'bought', key: 1 }, file, old],
];

const MAPPINGS = `mappings:
  - { scope: customer, target: consent.email, rules: [{ template: '{{ EMAIL_OPT_IN }}' }] }
  - { scope: customer, target: consent.sms, rules: [{ template: '{{ SMS_OPT_IN }}' }] }
  - { scope: customer, target: properties.Orders, rules: [{ template: '{{ ORDER_COUNT }}' }] }
`;

type Call = { subject: string; action: string; day: number };

function problemsOf(world: World, history: History): string[] {
  const state = world.klaviyo.state().accounts[0];
  const calls: Call[] = (state?.consentCalls ?? []).map(
    ({ email, phone_number: phone, channel: ch, action, at }) => {
      const id = Array.from({ length: KEYS }, (_, index) => index + 1).find((one) =>
        ch === 'email' ? email === emailOf(one) : phone === phoneOf(one),
      );
      return { subject: subject(id ?? 'nobody', ch as ConsentChannel), action, day: dayOf(at) };
    },
  );
  return [
    ...calls.flatMap((call) => wrongCall(history, call)),
    ...repeats(history, calls),
    ...CHANNELS.flatMap((ch) => history.rows.flatMap((row) => forgotten(world, history, row.PERIDX, ch))),
  ];
}

const dayOf = (at: string) => Math.floor((Date.parse(at) - START) / DAY_MS);

/** A call has to be what Apparel21 says that day; and who left is called back only by a yes that was said after it. */
function wrongCall(history: History, call: Call): string[] {
  const word = history.words.get(call.subject)?.findLast(({ seen }) => seen <= call.day);
  if (word?.wish !== call.action) {
    return [`${call.subject}: ${call.action} on day ${call.day}, Apparel21 says ${word?.wish ?? 'nothing'}`];
  }
  const deed = history.deeds.get(call.subject)?.findLast(({ day }) => day <= call.day);
  const isTaken = call.action === 'subscribe' && deed?.did === 'left';
  return isTaken && (word.isFirstLook || word.updated <= deed.day)
    ? [`${call.subject}: subscribed on day ${call.day}, left on day ${deed.day}, told on day ${word.updated}`]
    : [];
}

/** A word is sent once at most. */
function repeats(history: History, calls: readonly Call[]): string[] {
  return [...new Set(calls.map((call) => call.subject))].flatMap((one) => {
    const count = calls.filter((call) => call.subject === one).length;
    const words = history.words.get(one)?.length ?? 0;
    return count > words ? [`${one}: ${count} calls for ${words} words of Apparel21`] : [];
  });
}

/** Where nobody did anything in Klaviyo, Klaviyo holds Apparel21's last word. */
function forgotten(world: World, history: History, id: string, ch: ConsentChannel): string[] {
  if (history.deeds.has(subject(id, ch))) {
    return [];
  }
  const word = history.words.get(subject(id, ch))?.at(-1)?.wish;
  const wanted = { subscribe: 'SUBSCRIBED', unsubscribe: 'UNSUBSCRIBED' }[word ?? ''] ?? 'NEVER_SUBSCRIBED';
  const profile = world.klaviyo.state().accounts[0]?.profiles.find(({ email }) => email === emailOf(id));
  const found = profile?.consent[ch].consent;
  return found === wanted ? [] : [`${id} ${ch}: ${found ?? 'no profile'} instead of ${wanted}`];
}
