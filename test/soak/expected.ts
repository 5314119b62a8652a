import type { Cells } from './draw.ts';
import type { PlannedConnection, PlannedFile } from './plan.ts';

/**
 * What must be in Klaviyo and in the books in the end, computed from the files alone by rules of its own: nothing of
 * Threadline is used here, so that a wrong rule cannot agree with itself. (A second, calm run would need twice the time and
 * would repeat every mistake that does not come from disturbance.)
 */
export type Expected = {
  profiles: Map<string, ExpectedProfile>;
  /** By metric, person and what tells it apart. */
  events: Map<string, ExpectedEvent>;
  /** By address and channel: the opinions in their order, each once. */
  wishes: Map<string, Wish[]>;
  records: Record<PlannedFile['kind'], ExpectedRecords>;
};

export type Wish = 'subscribe' | 'unsubscribe';

export type ExpectedProfile = {
  email: string | null;
  phone: string | null;
  firstName: string;
  lastName: string;
  city: string;
  spend: number;
  personId: string;
  emailConsent: string;
  smsConsent: string;
  list: string;
};

/** An order that a later export brings with another price keeps the price that went out first: either is right. */
export type ExpectedEvent = { values: (number | null)[] };

export type ExpectedRecords = { total: number; waiting: number; failed: number; skipped: number };

export function expectedOf(connection: PlannedConnection): Expected {
  const imported = connection.files
    .filter(({ becomes }) => becomes === 'archived')
    .sort((a, b) => (a.name.slice(-20) < b.name.slice(-20) ? -1 : 1));
  const rowsOf = (kind: PlannedFile['kind']) =>
    imported.filter((file) => file.kind === kind).map(({ rows }) => rows);
  const persons = new Map<string, Cells>();
  const wishes = new Map<string, Wish[]>();
  for (const rows of rowsOf('customers')) {
    for (const row of lastOfEach(rows, ({ PERIDX = '' }) => PERIDX)) {
      persons.set(row.PERIDX ?? '', row);
      addWishes(wishes, row);
    }
  }
  const losers = sharersThatLose(persons);
  const profiles = new Map(
    [...persons]
      .filter(([key]) => !losers.has(key))
      .map(([key, row]) => [key, profileOf(connection, row, wishes)] as const),
  );
  for (const { email } of connection.leavers) {
    leave(profiles, wishes, email);
  }
  const orders = rowsOf('orders').map((rows) => rows.filter(({ PERIDX }) => PERIDX !== ''));
  const rewards = rowsOf('rewards');
  return {
    profiles,
    events: new Map([...orderEvents(orders, persons), ...rewardEvents(rewards, persons)]),
    wishes,
    records: {
      customers: { total: persons.size, waiting: 0, failed: 0, skipped: losers.size },
      orders: recordsOf(orders.flat(), 'ORDER_ID', persons),
      rewards: recordsOf(rewards.flat(), 'REWARD_ID', persons),
    },
  };
}

/** Rows of a file that count: with a key, the last one of each. */
function lastOfEach(rows: readonly Cells[], keyOf: (row: Cells) => string): Cells[] {
  return [...new Map(rows.filter((row) => keyOf(row) !== '').map((row) => [keyOf(row), row])).values()];
}

/** How many rows of a file cannot be used, and how many a later one of the same file supersedes. */
export function rowsOutside({ kind, rows, brokenLines }: PlannedFile): { rejected: number; folded: number } {
  const usable = rows.filter(({ PERIDX }) => PERIDX !== '');
  const keyOf = {
    customers: (row: Cells) => row.PERIDX ?? '',
    orders: (row: Cells) => `${row.ORDER_ID} ${row.LINE_ID}`,
    rewards: (row: Cells) => row.REWARD_ID ?? '',
  }[kind];
  return {
    rejected: brokenLines + rows.length - usable.length,
    folded: usable.length - lastOfEach(usable, keyOf).length,
  };
}

function emailOf(row: Cells): string | null {
  return row.EMAIL?.includes('@') === true ? row.EMAIL : null;
}

function phoneOf(row: Cells): string | null {
  return /^041\d{7}$/.test(row.MOBILE ?? '') ? `+61${row.MOBILE?.slice(1)}` : null;
}

/** Of people with one address the one who was updated later has the profile. */
function sharersThatLose(persons: ReadonlyMap<string, Cells>): Set<string> {
  const owners = new Map<string, Cells>();
  const losers = new Set<string>();
  for (const row of persons.values()) {
    const email = emailOf(row);
    const other = email === null ? undefined : owners.get(email);
    const isLater = other === undefined || (row.LAST_UPDATED ?? '') > (other.LAST_UPDATED ?? '');
    if (other !== undefined) {
      losers.add((isLater ? other.PERIDX : row.PERIDX) ?? '');
    }
    if (email !== null && isLater) {
      owners.set(email, row);
    }
  }
  return losers;
}

/** PRIVACY asks the opposite question: No means yes to e-mails. Anything but Yes and No is no opinion. */
function addWishes(wishes: Map<string, Wish[]>, row: Cells): void {
  const opinions = [
    [emailOf(row), 'email', { No: 'subscribe', Yes: 'unsubscribe' }[row.PRIVACY ?? '']],
    [phoneOf(row), 'sms', { Yes: 'subscribe', No: 'unsubscribe' }[row.SMS_OPT_IN ?? '']],
  ] as const;
  for (const [address, channel, wish] of opinions) {
    if (address !== null && wish !== undefined) {
      const known = wishes.get(`${address} ${channel}`) ?? [];
      wishes.set(`${address} ${channel}`, known.at(-1) === wish ? known : [...known, wish as Wish]);
    }
  }
}

function profileOf(
  connection: PlannedConnection,
  row: Cells,
  wishes: ReadonlyMap<string, Wish[]>,
): ExpectedProfile {
  const [email, phone] = [emailOf(row), phoneOf(row)];
  return {
    email,
    phone,
    firstName: inOrdinaryLetters(row.FIRSTNAME ?? ''),
    lastName: inOrdinaryLetters(row.SURNAME ?? ''),
    city: row.CITY ?? '',
    spend: Number(row.TOTAL_SPEND),
    personId: row.PERIDX ?? '',
    emailConsent: stateAfter(wishes.get(`${email} email`)),
    smsConsent: stateAfter(wishes.get(`${phone} sms`)),
    list: connection.list,
  };
}

function stateAfter(wishes: readonly Wish[] | undefined): string {
  const wish = wishes?.at(-1);
  return wish === undefined ? 'NEVER_SUBSCRIBED' : wish === 'subscribe' ? 'SUBSCRIBED' : 'UNSUBSCRIBED';
}

function inOrdinaryLetters(name: string): string {
  return /^[A-Z]+$/.test(name) ? `${name.charAt(0)}${name.slice(1).toLowerCase()}` : name;
}

/** Who had left in Klaviyo before the first look at their row stays out, and no call is made for them. */
function leave(profiles: Map<string, ExpectedProfile>, wishes: Map<string, Wish[]>, email: string): void {
  const profile = [...profiles.values()].find((one) => one.email === email);
  if (profile !== undefined) {
    profile.emailConsent = 'UNSUBSCRIBED';
    wishes.set(`${email} email`, []);
  }
}

function isTold(row: Cells): boolean {
  return row.ORDER_DATE !== 'some day';
}

function recordsOf(
  rows: readonly Cells[],
  keyColumn: 'ORDER_ID' | 'REWARD_ID',
  persons: ReadonlyMap<string, Cells>,
): ExpectedRecords {
  const records = lastOfEach(rows, (row) => row[keyColumn] ?? '');
  const failed = records.filter((row) => !isTold(row)).length;
  const waiting = records.filter((row) => isTold(row) && !persons.has(row.PERIDX ?? '')).length;
  return { total: records.length, waiting, failed, skipped: 0 };
}

function orderEvents(
  exports: readonly Cells[][],
  persons: ReadonlyMap<string, Cells>,
): Map<string, ExpectedEvent> {
  const events = new Map<string, ExpectedEvent>();
  for (const rows of exports) {
    const lines = rows.filter((row) => isTold(row) && persons.has(row.PERIDX ?? ''));
    for (const number of new Set(lines.map(({ ORDER_NUMBER }) => ORDER_NUMBER))) {
      const own = lines.filter((line) => line.ORDER_NUMBER === number);
      for (const [metric, sign] of [
        ['In-Store Order', 1],
        ['In-Store Return', -1],
      ] as const) {
        const values = own.map(({ VALUE }) => Number(VALUE) * sign).filter((value) => value > 0);
        if (values.length > 0) {
          const name = eventName(metric, own[0]?.PERIDX, number);
          const sum = Math.round(values.reduce((a, b) => a + b, 0) * 100) / 100;
          events.set(name, { values: [...(events.get(name)?.values ?? []), sum] });
        }
      }
    }
  }
  return events;
}

const REWARD_METRICS: Record<string, string> = {
  POINTS_EARNED: 'Points Earned',
  TIER_CHANGED: 'Tier Changed',
  REWARD_ISSUED: 'Reward Issued',
};

function rewardEvents(
  exports: readonly Cells[][],
  persons: ReadonlyMap<string, Cells>,
): Map<string, ExpectedEvent> {
  return new Map(
    exports
      .flat()
      .filter(({ PERIDX = '' }) => persons.has(PERIDX))
      .map((row) => [
        eventName(REWARD_METRICS[row.EVENT_TYPE ?? ''] ?? '', row.PERIDX, row.POINTS_CHANGE),
        { values: [null] },
      ]),
  );
}

/** By which an event is known in both worlds. */
export function eventName(metric: string, person: string | undefined, mark: unknown): string {
  return `${metric} of ${person}: ${String(mark)}`;
}
