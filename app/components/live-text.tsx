import { useEffect, useState } from 'react';

/** A screen reader hears news this often at most, ms. */
const SPEAK_MS = 10_000;

/** Tells a screen reader politely what changes on the page by itself; invisible, and never more than every ten seconds. */
export function LiveText({ text }: { text: string }) {
  const [spoken, setSpoken] = useState({ text: '', at: 0 });
  useEffect(() => {
    if (text === spoken.text) {
      return;
    }
    const wait = Math.max(0, spoken.at + SPEAK_MS - Date.now());
    const timer = setTimeout(() => setSpoken({ text, at: Date.now() }), wait);
    return () => clearTimeout(timer);
  }, [text, spoken]);
  return (
    <div
      role="status"
      aria-live="polite"
      style={{ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' }}
    >
      {spoken.text}
    </div>
  );
}
