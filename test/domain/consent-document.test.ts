import { expect, test } from 'vitest';
import {
  CONSENT_TABLE,
  decideConsent,
  type ConsentTableRow,
  type KlaviyoConsentState,
} from '#app/domain/consent.ts';

/** `app/domain/CONSENT.md` is written from the table itself: `npx vitest run -u test/domain/consent-document.test.ts`. */

const STATES: Record<KlaviyoConsentState, string> = {
  'no-profile': 'has no profile',
  never: 'has no answer',
  subscribed: 'is subscribed',
  unsubscribed: 'has unsubscribed',
  suppressed: 'is suppressed (spam complaint, or by hand)',
  bounced: 'has an address that bounces',
};
const NEWER: Record<ConsentTableRow['newer'], string> = {
  any: 'either',
  apparel21: "Apparel21's",
  klaviyo: "Klaviyo's",
  unknown: 'not known',
};
const TIMES = {
  any: { wishSetAt: null, changedAt: null },
  apparel21: { wishSetAt: '2026-02-01T00:00:00Z', changedAt: '2026-01-01T00:00:00Z' },
  klaviyo: { wishSetAt: '2026-01-01T00:00:00Z', changedAt: '2026-02-01T00:00:00Z' },
  unknown: { wishSetAt: null, changedAt: null },
};

function lineOf({ wish, state, newer, action, code }: ConsentTableRow): string {
  const { wishSetAt, changedAt } = TIMES[newer];
  const { reason } = decideConsent({
    channel: 'email',
    wish,
    wishSet: { at: wishSetAt, isAtLatest: false },
    klaviyo: { state, changedAt },
  });
  const said = wish === 'subscribe' ? 'yes' : 'no';
  return `| ${said} | ${STATES[state]} | ${NEWER[newer]} | ${action === 'none' ? 'nothing' : action} | \`${code}\` | ${reason} |`;
}

test('the document of the decision table says what the table says', async () => {
  const document = [
    '# What becomes of consent',
    '',
    'Written from `CONSENT_TABLE` (consent.ts) by `test/domain/consent-document.test.ts`; every row is tried through the whole path',
    'in `test/pipeline/consent-table.test.ts`. The same for e-mail and SMS; suppressions and bounces are of e-mail only.',
    '',
    "Klaviyo is asked only when Apparel21's value is new or has changed. A value that is unchanged since it was last acted upon, and",
    'a blank one, decide nothing: no request is sent. The bulk lane decides nothing either.',
    '',
    'Whose word is later: Apparel21 tells when it changed a row (LAST_UPDATED), not when consent was given. A value that changed between two',
    'files was said then. A value that was there at the first look (or that new mapping rules read) was said then *or long before*, a purchase',
    'changes its row, too: it is never later than a leaving in Klaviyo, "not known" at best. `consent.at` says it exactly.',
    '',
    '| Apparel21 says | The person in Klaviyo | Later word | What is sent | Code | Reason on the customer’s page |',
    '| -------------- | --------------------- | ---------- | ------------ | ---- | ----------------------------- |',
    ...CONSENT_TABLE.map(lineOf),
    '',
  ].join('\n');

  await expect(document).toMatchFileSnapshot('../../app/domain/CONSENT.md');
});
