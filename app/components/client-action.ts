import { isRouteErrorResponse, type ClientActionFunctionArgs } from '@remix-run/react';
import { refusal, type FormAnswer } from '#app/domain/form-answer.ts';

/**
 * Export this from every page with a form: a server that cannot be reached, a login that has ended or a fault of ours becomes
 * a sentence beside what was typed, instead of an error page in its place. Redirects pass.
 */
export async function clientAction({ serverAction }: ClientActionFunctionArgs): Promise<FormAnswer> {
  try {
    return await serverAction<FormAnswer>();
  } catch (error) {
    if (error instanceof Response && error.status < 400) {
      throw error;
    }
    return refusal(explain(error));
  }
}

function explain(error: unknown): string {
  const status = isRouteErrorResponse(error) || error instanceof Response ? error.status : 0;
  if (status === 401 || status === 403) {
    return 'Your login has ended, so nothing was saved. Copy what you typed, then open Threadline again from the apps in your Shopify admin.';
  }
  if (status === 404) {
    return 'What this page shows is gone: somebody removed it meanwhile. Nothing was saved.';
  }
  if (status === 400) {
    return 'Threadline was updated while this page was open, so nothing was saved. Copy what you typed, then reload the page.';
  }
  if (status >= 500) {
    return 'Something went wrong on our side and nothing was saved. What you typed is still here: try again in a moment.';
  }
  return 'The server could not be reached, so nothing was saved. What you typed is still here: check your connection and try again.';
}
