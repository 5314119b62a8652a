import type { Context } from '../../context.ts';
import { readKlaviyoConsent } from '../../domain/consent.ts';
import { judgeLeaving } from '../../domain/consent-back.ts';
import type { OwnCall } from '../../domain/own-consent.ts';
import type { ConsentChannel, ConsentWish, JsonValue } from '../../domain/records.ts';
import type { ConnectionScope } from '../load-connections.ts';
import { wishTime, type WishTimes } from '../wish-time.ts';
import { readOwnCalls } from '../push/plan-consent.ts';
import type { ReadLeaving } from './note-leavings.ts';

export type LookedProfile = {
  email: string | null;
  phone: string | null;
  externalId: string | null;
  subscriptions: JsonValue | undefined;
};

type MatchedRow = WishTimes & {
  place: number;
  id: string;
  email: string | null;
  phone: string | null;
  consent_email: ConsentWish | null;
  consent_email_done: string | null;
  consent_sms: ConsentWish | null;
  consent_sms_done: string | null;
};

/**
 * Whose these profiles of Klaviyo are, and what is news about them: customers of the connection by Apparel21's key (where it
 * travels as external id), by e-mail, and by phone where there is no e-mail: a family's number says nothing about who has
 * an address. Everybody who shares an address is meant.
 */
export async function readLeavings(
  ctx: Context,
  scope: ConnectionScope,
  profiles: readonly LookedProfile[],
): Promise<ReadLeaving[]> {
  const rows = await ctx.db.sql<MatchedRow>(
    `SELECT p.place, m.* FROM jsonb_to_recordset($3::jsonb) AS p(place int, key text, email text, phone text)
      CROSS JOIN LATERAL (
        SELECT ${COLUMNS} FROM customer c WHERE c.shop_id = $1 AND c.connection_id = $2 AND c.external_id = p.key
        UNION SELECT ${COLUMNS} FROM customer c WHERE c.shop_id = $1 AND c.connection_id = $2 AND c.email = p.email
        UNION SELECT ${COLUMNS} FROM customer c
         WHERE c.shop_id = $1 AND c.connection_id = $2 AND c.email IS NULL AND c.phone IS NOT NULL AND c.phone = p.phone) m`,
    [
      scope.shopId,
      scope.id,
      JSON.stringify(
        profiles.map(({ email, phone, externalId }, place) => ({
          place,
          key: scope.rules.sendExternalId ? externalId : null,
          email: email?.toLowerCase() ?? null,
          phone,
        })),
      ),
    ],
  );
  const ownCalls = await readOwnCalls(
    ctx,
    rows.map(({ id }) => id),
  );
  const found = profiles.flatMap((profile, place) => {
    const matched = rows.filter((row) => row.place === place);
    return matched.flatMap((row) =>
      (['email', 'sms'] as const).flatMap((channel) => judge(profile, row, channel, matched, ownCalls)),
    );
  });
  // Two profiles may be one person's: who left with one of them has left.
  const left = new Set(found.filter(({ isLeft }) => isLeft).map(keyOf));
  return found.filter((one) => one.isLeft || !left.has(keyOf(one)));
}

const COLUMNS = `c.id, c.email, c.phone, c.consent_email, c.consent_email_done, c.consent_sms, c.consent_sms_done, c.consent_at, c.consent_set_at, c.consent_change_seen`;

function keyOf({ customerId, channel }: ReadLeaving): string {
  return `${customerId} ${channel}`;
}

function judge(
  profile: LookedProfile,
  row: MatchedRow,
  channel: ConsentChannel,
  matched: readonly MatchedRow[],
  ownCalls: Map<string, OwnCall>,
): ReadLeaving[] {
  // SMS is left by a number: another number than Apparel21 has is no news for it. Without an address there is nothing to leave.
  const isMeant =
    channel === 'email' ? row.email !== null : row.phone !== null && row.phone === profile.phone;
  if (!isMeant) {
    return [];
  }
  const wish = channel === 'email' ? row.consent_email : row.consent_sms;
  const done = channel === 'email' ? row.consent_email_done : row.consent_sms_done;
  const klaviyo = readKlaviyoConsent(profile.subscriptions, channel, { heedsBounces: false });
  const verdict = judgeLeaving({
    klaviyo,
    wish,
    wishSet: wishTime(row, wish),
    isOpen: wish !== done,
    own: latestOwn(matched, channel, ownCalls),
  });
  return verdict === 'left' || verdict === 'back'
    ? [{ customerId: row.id, channel, klaviyo, isLeft: verdict === 'left' }]
    : [];
}

/** Our last call for the profile, on behalf of whomever of the people who share it. */
function latestOwn(
  matched: readonly MatchedRow[],
  channel: ConsentChannel,
  ownCalls: Map<string, OwnCall>,
): OwnCall | null {
  return matched
    .flatMap(({ id }) => ownCalls.get(`${id} consent.${channel}`) ?? [])
    .reduce<OwnCall | null>((last, call) => (last === null || call.sentAt > last.sentAt ? call : last), null);
}
