import { useNavigate, useSearchParams } from '@remix-run/react';

/** What a list shows stands in the address: another tab or filter starts at its first page, a turn keeps the rest. */
export function useView(): {
  get(name: string): string;
  /** The address with these parts changed; '' takes one away. */
  address(changes: Record<string, string>): string;
  go(changes: Record<string, string>): void;
} {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  function address(changes: Record<string, string>): string {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries({ after: '', before: '', ...changes })) {
      if (value === '') {
        next.delete(name);
      } else {
        next.set(name, value);
      }
    }
    return `?${next.toString()}`;
  }
  return {
    get: (name) => params.get(name) ?? '',
    address,
    go: (changes) => navigate(address(changes), { replace: true, preventScrollReset: true }),
  };
}
