import { PEOPLE_FIRST_NAMES, PEOPLE_SURNAMES, type Name } from './names.ts';
import type { Country } from './places.ts';
import { createDraws, STREAM, type Draws } from './random.ts';

type Email = { text: string; kind: 'own' | 'shared' | 'invalid' | 'blank' };
export type Identity = { firstName: string; surname: string; country: Country; email: Email };
export type Identities = {
  /** AP21's internal person id; rises with the index, with gaps. */
  personIdOf(index: number): string;
  identityOf(index: number): Identity;
};

/** Shares at dirty rate 1. */
const SHARED_EMAIL_SHARE = 0.003;
const INVALID_EMAIL_SHARE = 0.005;
const BLANK_EMAIL_SHARE = 0.03;
const ABROAD_SHARE = 0.05;

/** Under the reserved top-level domain: nobody ever gets the mail, and unlike `@example.com` Klaviyo keeps the profiles. */
const EMAIL_DOMAINS = [
  'oakmail.example',
  'oakmail.example',
  'oakmail.example',
  'coastmail.example',
  'coastmail.example',
  'southernpost.example',
  'kiwipost.example',
  'mail.harbourline.example',
];

/** Who the people are; each is a pure function of (seed, index). */
export function createIdentities(input: { seed: number; country: Country; dirtyRate: number }): Identities {
  const draws = createDraws(input.seed);
  const keyDraws = createDraws(input.seed);
  const abroad: Country = input.country === 'AU' ? 'NZ' : 'AU';
  const sharedLimit = SHARED_EMAIL_SHARE * input.dirtyRate;
  const invalidLimit = sharedLimit + INVALID_EMAIL_SHARE * input.dirtyRate;
  const blankLimit = invalidLimit + BLANK_EMAIL_SHARE * input.dirtyRate;

  function emailKindOf(index: number): Email['kind'] {
    const kind = draws.restart(STREAM.identity, index).next();
    if (kind >= blankLimit) {
      return 'own';
    }
    if (kind >= invalidLimit) {
      return 'blank';
    }
    return kind >= sharedLimit ? 'invalid' : 'shared';
  }

  /** The person a few rows earlier with an address of their own, whose second record this is; null when there is none. */
  function twinOf(index: number): number | null {
    let twin = index - 1 - draws.restart(STREAM.identity, index, 1).below(60);
    while (twin >= 0 && emailKindOf(twin) !== 'own') {
      twin -= 1;
    }
    return twin < 0 ? null : twin;
  }

  function ownIdentityOf(index: number, kind: Email['kind']): Identity {
    // Leaves the draws where `emailKindOf` left them: the first number is the kind.
    draws.restart(STREAM.identity, index).next();
    const first = draws.pick(PEOPLE_FIRST_NAMES);
    const last = draws.pick(PEOPLE_SURNAMES);
    const spelling = draws.next();
    const country = draws.chance(ABROAD_SHARE) ? abroad : input.country;
    return {
      firstName: spelled(first, spelling),
      surname: spelled(last, spelling),
      country,
      email: { kind, text: kind === 'blank' ? '' : emailText(draws, kind, first, last, index) },
    };
  }

  return {
    personIdOf: (index) => String(100_000 + index * 3 + keyDraws.restart(STREAM.key, index, 1).below(3)),
    identityOf(index) {
      const kind = emailKindOf(index);
      if (kind !== 'shared') {
        return ownIdentityOf(index, kind);
      }
      const twin = twinOf(index);
      if (twin === null) {
        return ownIdentityOf(index, 'own');
      }
      const identity = ownIdentityOf(twin, 'own');
      return { ...identity, email: { ...identity.email, kind: 'shared' } };
    },
  };
}

function spelled(name: Name, spelling: number): string {
  if (spelling < 0.75) {
    return name.capitals;
  }
  return spelling < 0.96 ? name.title : name.title.toLowerCase();
}

/** The number at its end makes the address this person's alone. */
function emailText(draws: Draws, kind: Email['kind'], first: Name, last: Name, index: number): string {
  const style = draws.next();
  const separator = style < 0.6 ? '.' : style < 0.8 ? '_' : '';
  const mailbox = `${style > 0.95 ? first.plain.slice(0, 1) : first.plain}${separator}${last.plain}${index + 1}`;
  const domain = draws.pick(EMAIL_DOMAINS);
  if (kind === 'invalid') {
    return draws.pick([
      'none@none',
      'x',
      'no email',
      `${mailbox}@${domain}.`,
      `${mailbox}@@${domain}`,
      `${mailbox}@`,
      `${mailbox} at ${domain}`,
      `${mailbox}@oakmail`,
    ]);
  }
  const address = `${mailbox}@${domain}`;
  return draws.chance(0.06) ? address.toUpperCase() : address;
}
