import { DateTime } from 'luxon';
import { raiseAlert } from '../../pipeline/raise-alert.ts';
import type { PrivacyWork } from './privacy-work.ts';

/** The merchant owes an answer within this time: https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance */
export const ANSWER_WITHIN_DAYS = 30;

/** `customers/data_request`: a person downloads what is held and sends it to the customer; an alert stays until that is done. */
export const passOnDataRequest: PrivacyWork = async (ctx, shopId, request) => {
  const until = DateTime.fromJSDate(request.receivedAt, { zone: request.timezone })
    .plus({ days: ANSWER_WITHIN_DAYS })
    .setLocale('en')
    .toFormat('d LLL yyyy');
  await raiseAlert(ctx, shopId, {
    connectionId: null,
    cause: `data-request:${request.id}`,
    code: 'data_request',
    message: `Shopify passes on a request for a person's data. Download it on the privacy page, send it to the customer by ${until} and mark the request as done.`,
  });
  await ctx.db.sql('UPDATE privacy_request SET taken_at = now() WHERE shop_id = $1 AND id = $2', [
    shopId,
    request.id,
  ]);
};
