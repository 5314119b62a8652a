import { useBlocker } from '@remix-run/react';
import { SaveBar } from '@shopify/app-bridge-react';
import { Banner, BlockStack, Text } from '@shopify/polaris';
import { useId, type FormEvent, type ReactNode } from 'react';
import { ConfirmModal } from './confirm-modal.tsx';
import type { SaveForm } from './use-save-form.ts';

type SaveBarFormProps = {
  form: Pick<SaveForm<object>, 'isDirty' | 'isSaving' | 'save' | 'discard' | 'problem'>;
  children: ReactNode;
};

/**
 * A form whose Save and Discard stand in Shopify's save bar while something is unsaved
 * (https://shopify.dev/docs/api/app-bridge-library/apis/save-bar). Enter saves, too; leaving the page asks first.
 */
export function SaveBarForm({ form, children }: SaveBarFormProps) {
  const barId = useId();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      form.isDirty && !form.isSaving && currentLocation.pathname !== nextLocation.pathname,
  );
  const problem = form.problem('');
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (form.isDirty) {
      form.save();
    }
  }
  return (
    <form onSubmit={submit} noValidate>
      <SaveBar id={barId} open={form.isDirty}>
        <button
          type="button"
          // App Bridge reads these attributes; React passes them through as they are.
          {...{ variant: 'primary' }}
          disabled={form.isSaving}
          onClick={form.save}
        >
          {form.isSaving ? 'Saving' : 'Save'}
        </button>
        <button type="button" disabled={form.isSaving} onClick={form.discard}>
          Discard
        </button>
      </SaveBar>
      {/* What Enter presses: the visible buttons stand outside the form in Shopify admin. */}
      <button type="submit" hidden tabIndex={-1} aria-hidden="true" />
      <BlockStack gap="400">
        {problem === undefined ? null : (
          <div data-form-problem tabIndex={-1}>
            <Banner tone="critical" title="Nothing was saved">
              <Text as="p">{problem}</Text>
            </Banner>
          </div>
        )}
        {children}
      </BlockStack>
      <ConfirmModal
        isOpen={blocker.state === 'blocked'}
        title="Leave without saving?"
        confirm="Leave page"
        isDestructive
        onConfirm={() => {
          form.discard();
          blocker.proceed?.();
        }}
        onCancel={() => blocker.reset?.()}
      >
        What you changed on this page is not saved yet.
      </ConfirmModal>
    </form>
  );
}
