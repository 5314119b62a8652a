import { Link, Text } from '@shopify/polaris';
import { Fragment } from 'react';
import { mappingAddress } from './table-address.ts';

const NAMED = 4;

/** The mappings that use a table, each a link to where it can be changed and applied to existing records. */
export function UsedBy({ uses }: { uses: { id: string; name: string }[] }) {
  if (uses.length === 0) {
    return (
      <Text as="span" tone="subdued">
        No mapping uses it yet.
      </Text>
    );
  }
  const more = uses.length - NAMED;
  return (
    <>
      {'Used by '}
      {uses.slice(0, NAMED).map(({ id, name }, index) => (
        <Fragment key={id}>
          {index === 0 ? '' : ', '}
          <Link url={mappingAddress(id)}>{name}</Link>
        </Fragment>
      ))}
      {more > 0 ? ` and ${more} more` : ''}
    </>
  );
}
