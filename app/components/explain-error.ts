import { isRouteErrorResponse } from '@remix-run/react';

/** What an error page says. Never the error's own text: that is for the log. */
export function explainError(error: unknown): { title: string; explanation: string } {
  const status = isRouteErrorResponse(error) ? error.status : 500;
  if (status === 404) {
    return {
      title: 'Page not found',
      explanation: 'There is no page at this address. It may have moved, or the record it showed is gone.',
    };
  }
  if (status === 401 || status === 403) {
    return {
      title: 'Please log in again',
      explanation: 'Your login has ended. Open Threadline again from the apps in your Shopify admin.',
    };
  }
  if (status === 410) {
    return {
      title: 'Nothing here for robots',
      explanation: 'This page is for people who are logged in to Shopify.',
    };
  }
  return {
    title: 'Something went wrong on our side',
    explanation: 'Your data is safe and syncing goes on without this page. Try again in a moment.',
  };
}
