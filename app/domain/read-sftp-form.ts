import { z } from 'zod';
import { fieldProblemsOf, textProblems } from './field-problems.ts';
import type { FieldProblem } from './form-answer.ts';
import type { SftpForm } from './sftp-form.ts';
import { sftpAddressSchema } from './shop-file-schema.ts';

/** The form as a page sends it: the right shape, nothing is judged yet. */
export const sftpFormSchema: z.ZodType<SftpForm> = z
  .object({
    host: z.string(),
    port: z.string(),
    username: z.string(),
    login: z.enum(['password', 'key']),
    password: z.string().max(1_000).nullable(),
    privateKey: z.string().max(50_000).nullable(),
    passphrase: z.string().max(1_000).nullable(),
    hostKey: z.string().regex(/^(SHA256:[\w+/]{10,100}=?)?$/),
    acceptsUntested: z.boolean(),
  })
  .strict();

/** What of an account is stored already, as far as it decides what has to be typed. */
export type StoredSftp = { host: string; port: number; hasPassword: boolean; hasPrivateKey: boolean };

export type SftpAddress = { host: string; port: number; username: string };

/** What was typed, by the rules of shop.yaml: the address, or what is wrong beside each field. */
export function readSftpForm(
  form: SftpForm,
  stored: StoredSftp | null,
): { ok: true; address: SftpAddress } | { ok: false; problems: FieldProblem[] } {
  const typed = { host: form.host.trim(), port: form.port.trim(), username: form.username.trim() };
  const parsed = sftpAddressSchema.safeParse(typed);
  const problems = [
    ...(parsed.success ? [] : fieldProblemsOf(parsed.error.issues, sftpAddressSchema)),
    ...textProblems({ host: typed.host, username: typed.username }),
    ...hostProblem(typed.host),
    ...secretProblem(form, typed, stored),
  ];
  return parsed.success && problems.length === 0
    ? { ok: true, address: parsed.data }
    : { ok: false, problems };
}

/** Addresses where no Apparel21 server lives, but the metadata service of a cloud does. */
const NO_SERVER =
  /^(169\.254(\.\d{1,3}){2}|0\.0\.0\.0|\[?(fe80:|::\]?$|fd00:ec2:).*|metadata(\.google\.internal)?)$/i;

/** Why a page may not have Threadline talk to a host; [] = it may. */
export function hostProblem(host: string): FieldProblem[] {
  if (host === '') {
    return [];
  }
  if (host.includes('://') || host.includes('/') || host.includes('@')) {
    const message = `"${host}" is an address with more than the server in it. Write its name only, such as sftp.example.com.`;
    return [{ field: 'host', message }];
  }
  if (/\s/.test(host) || !/^[\w.:[\]-]+$/.test(host)) {
    return [{ field: 'host', message: `"${host}" is no server name. Write one such as sftp.example.com.` }];
  }
  return NO_SERVER.test(host)
    ? [
        {
          field: 'host',
          message: `"${host}" is reserved for machines themselves. Write the name of your SFTP server.`,
        },
      ]
    : [];
}

/**
 * A stored password goes to the server that it was stored for and to no other: otherwise whoever may change the address
 * could have it sent to a server of his own. A stored private key is never sent to anybody.
 */
function secretProblem(
  form: SftpForm,
  typed: { host: string; port: string },
  stored: StoredSftp | null,
): FieldProblem[] {
  if (form.login === 'key') {
    const isThere = form.privateKey === null ? stored?.hasPrivateKey === true : form.privateKey.trim() !== '';
    return isThere
      ? []
      : [{ field: 'privateKey', message: 'Paste the private key, with its first and last line.' }];
  }
  if (form.password !== null) {
    return form.password === '' ? [{ field: 'password', message: 'Type the password.' }] : [];
  }
  if (stored?.hasPassword !== true) {
    return [{ field: 'password', message: 'Type the password.' }];
  }
  return stored.host === typed.host && String(stored.port) === typed.port
    ? []
    : [
        {
          field: 'password',
          message: `Type the password: the stored one belongs to ${stored.host}:${stored.port} and goes to no other server.`,
        },
      ];
}
