import { useEffect, useRef, type ReactNode } from 'react';

/**
 * Around a Polaris combobox: when its list is closed, the field no longer names an option that is gone
 * (Polaris keeps `aria-activedescendant`, which screen readers and axe stumble over).
 */
export function TidyCombobox({ children }: { children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    function tidy(): void {
      box.current
        ?.querySelector('[role="combobox"][aria-expanded="false"][aria-activedescendant]')
        ?.removeAttribute('aria-activedescendant');
    }
    const observer = new MutationObserver(tidy);
    if (box.current !== null) {
      observer.observe(box.current, {
        subtree: true,
        attributeFilter: ['aria-expanded', 'aria-activedescendant'],
      });
    }
    return () => observer.disconnect();
  }, []);
  return <div ref={box}>{children}</div>;
}
