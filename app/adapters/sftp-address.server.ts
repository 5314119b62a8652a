import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { AppError } from '#app/domain/errors.ts';

/** One address of a host, as Node's resolver gives it. */
export type HostAddress = { address: string; family: number };

/** All addresses of a name or of an address in any spelling. Rejects with the resolver's error. */
export type ResolveHost = (host: string) => Promise<HostAddress[]>;

export type AddressGuard = {
  /** `allow`: every address. Else only public ones, and besides them these names, addresses and networks (CIDR). */
  privateHosts: 'allow' | readonly string[];
  resolve: ResolveHost;
};

export const resolveHost: ResolveHost = (host) => lookup(host, { all: true });

/**
 * Addresses that no server on the internet has: IANA's special-purpose registries, not globally reachable.
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const SPECIAL_IPV4: [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Inside the only range of IPv6 that is routed: protocol use (Teredo), documentation, 6to4, which hides an IPv4 address. */
const SPECIAL_IPV6: [network: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const specialIpv4 = blockList(SPECIAL_IPV4, 'ipv4');
const specialIpv6 = blockList(SPECIAL_IPV6, 'ipv6');
const globalIpv6 = blockList([['2000::', 3]], 'ipv6');

/** Prefixes before which an IPv6 address carries an IPv4 address in its last 32 bits: mapped, and NAT64. */
const CARRIES_IPV4 = blockList(
  [
    ['::ffff:0:0', 96],
    ['64:ff9b::', 96],
  ],
  'ipv6',
);

function blockList(networks: [string, number][], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) {
    list.addSubnet(network, prefix, family);
  }
  return list;
}

/**
 * The addresses of a host that may be connected to. The caller connects to these and resolves nothing again: a name that
 * changes its address meanwhile leads nowhere else. Errors: AppError `sftp_private_host` when none may be; what
 * `guard.resolve` rejects with.
 */
export async function allowedAddresses(host: string, guard: AddressGuard): Promise<HostAddress[]> {
  const addresses = await guard.resolve(host);
  const allowed = addresses.filter(({ address }) => isAllowed(host, address, guard.privateHosts));
  if (allowed.length === 0) {
    throw new AppError({
      code: 'sftp_private_host',
      retry: 'person',
      message: `${host} leads to ${addresses.map(({ address }) => address).join(', ') || 'no address'}, inside a private network`,
      hint: `The SFTP server ${host} has an address inside a private network, and Threadline connects to public ones only. Enter the address under which it is reached from the internet, or ask whoever runs Threadline to allow this server.`,
    });
  }
  return allowed;
}

/** True for one item of the list that `AddressGuard.privateHosts` may be: a name, an address or a network. */
export function isPrivateHostRule(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (prefix === undefined) {
    return family !== 0 || /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(text);
  }
  return (
    rest.length === 0 &&
    family !== 0 &&
    /^\d{1,3}$/.test(prefix) &&
    Number(prefix) <= (family === 4 ? 32 : 128)
  );
}

function isAllowed(host: string, address: string, privateHosts: AddressGuard['privateHosts']): boolean {
  return (
    privateHosts === 'allow' ||
    isPublicAddress(address) ||
    privateHosts.some((rule) => rule.toLowerCase() === host.toLowerCase() || isInNetwork(rule, address))
  );
}

/** False also for what cannot be read. */
export function isPublicAddress(address: string): boolean {
  const plain = withoutZone(address);
  switch (isIP(plain)) {
    case 4:
      return !specialIpv4.check(plain, 'ipv4');
    case 6:
      return CARRIES_IPV4.check(plain, 'ipv6')
        ? !specialIpv4.check(lastIpv4(plain), 'ipv4')
        : globalIpv6.check(plain, 'ipv6') && !specialIpv6.check(plain, 'ipv6');
    default:
      return false;
  }
}

function isInNetwork(rule: string, address: string): boolean {
  const [network = '', prefix] = rule.split('/');
  const family = isIP(network);
  if (family === 0) {
    return false;
  }
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = blockList([[network, Number(prefix ?? (family === 4 ? 32 : 128))]], type);
  const plain = withoutZone(address);
  // Node looks an IPv4 address up in its mapped spelling, too.
  return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
}

/** `fe80::1%eth0` names the interface as well. */
function withoutZone(address: string): string {
  return address.split('%')[0] ?? '';
}

/** The last 32 bits of an IPv6 address as an IPv4 address, in either spelling: `::ffff:10.0.0.1`, `::ffff:a00:1`. */
function lastIpv4(address: string): string {
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (dotted !== undefined) {
    return dotted;
  }
  // The URL parser writes every address out in its shortest form; only the last two groups matter.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':');
  const [high = '', low = ''] = groups.slice(-2);
  return [high, low]
    .map((group) => Number.parseInt(group === '' ? '0' : group, 16))
    .flatMap((bits) => [bits >> 8, bits & 255])
    .join('.');
}
