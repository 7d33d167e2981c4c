/**
 * Which addresses the service connects to when settings name a server. Whoever may write the settings of an endpoint does not
 * thereby reach what only this host reaches: the metadata service of a cloud, a database, another machine of the plant.
 */
import { BlockList, isIP } from 'node:net';

/** RFC 6890 and the registries of special-purpose addresses (IANA), as far as nothing public is there. */
const privateAddresses = blockListOf([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '::1/128',
  'fc00::/7',
]);

/** No server of anybody's, one of the link alone, or the host of a virtual machine (168.63.129.16, Azure); what hides an IPv4 address in one of IPv6 is refused whole. */
const neverAsked = blockListOf([
  '0.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '192.88.99.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2001:db8::/32',
  '2002::/16',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

const loopback = blockListOf(['127.0.0.0/8', '::1/128']);

function blockListOf(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix] = subnet.split('/');
    list.addSubnet(network, Number(prefix), isIP(network) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Of an address that was found for a name. An IPv4 address in an IPv6 one (RFC 4291 §2.5.5.2) counts as what it is. */
export function mayBeAsked(address: string, allowPrivateAddresses: boolean): boolean {
  const plain = withoutMapping(address);
  const family = isIP(plain);
  if (family === 0) return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  if (neverAsked.check(plain, kind)) return false;
  return allowPrivateAddresses || !privateAddresses.check(plain, kind);
}

export function isLoopback(address: string): boolean {
  const plain = withoutMapping(address);
  return isIP(plain) !== 0 && loopback.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
}

/**
 * By RFC 6761 §6.3 all of `localhost`, also where a dot ends the name.
 *
 * @param hostname as URL gives it, IPv6 in brackets
 */
export function isLoopbackName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name.replace(/^\[|\]$/g, ''));
}

/**
 * Whether it shows in the name alone that it is never asked, whatever a look-up finds.
 *
 * @param hostname as URL gives it, IPv6 in brackets
 */
export function isRefusedName(hostname: string, allowPrivateAddresses: boolean): boolean {
  const name = hostname.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0) return !mayBeAsked(name, allowPrivateAddresses);
  return isLoopbackName(name) && !allowPrivateAddresses;
}

/** `::ffff:127.0.0.1` and `::ffff:7f00:1` are 127.0.0.1. */
function withoutMapping(address: string): string {
  if (isIP(address) !== 6) return address;
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return canonical;
  const [high, low] = [mapped[1], mapped[2]].map((group) => Number.parseInt(group ?? '', 16));
  return [high, low].flatMap((group = 0) => [group >> 8, group & 255]).join('.');
}
