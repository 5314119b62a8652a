/** Every other address. A route of its own, so that the not-found page has the document's settings like any page. */
export function loader(): never {
  throw new Response(null, { status: 404, statusText: 'Not Found' });
}

export default function NotFound() {
  return null;
}
