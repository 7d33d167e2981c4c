/** Who may depend on whom: the one place to change, with a reason, before a package.json changes. */

/**
 * Workspace packages that each package has in `dependencies`, from the leaves upwards. A package may name only packages
 * above its own line, so the table cannot hold a cycle.
 */
export const dependencyTable: Readonly<Record<string, readonly string[]>> = {
  // bytes
  asn1: [],
  http: [],
  crypto: ['asn1'],
  // structures
  x509: ['asn1', 'crypto'],
  cms: ['asn1', 'crypto', 'x509'],
  lint: ['asn1', 'crypto', 'x509'],
  keystore: ['asn1', 'crypto'],
  testkit: ['asn1', 'crypto', 'x509'],
  // what users of the service install: nothing of the service itself
  client: ['asn1', 'cms', 'crypto', 'x509'],
  // the domain
  ca: ['asn1', 'cms', 'crypto', 'lint', 'x509'],
  // one protocol each, side by side
  est: ['asn1', 'ca', 'cms', 'crypto', 'http', 'x509'],
  scep: ['asn1', 'ca', 'cms', 'crypto', 'http', 'x509'],
  ocsp: ['asn1', 'ca', 'cms', 'crypto', 'http', 'x509'],
  crl: ['asn1', 'ca', 'cms', 'crypto', 'http', 'x509'],
  'admin-api': ['asn1', 'ca', 'cms', 'crypto', 'http', 'x509'],
  // adapters of the domain's ports
  store: ['asn1', 'ca', 'crypto', 'keystore', 'x509'],
  // programs wire
  server: [
    'admin-api',
    'asn1',
    'ca',
    'cms',
    'crl',
    'crypto',
    'est',
    'http',
    'keystore',
    'lint',
    'ocsp',
    'scep',
    'store',
    'x509',
  ],
  cli: ['admin-api', 'asn1', 'ca', 'client', 'cms', 'crypto', 'lint', 'server', 'x509'],
};

/** Each speaks one protocol; what two of them share belongs below them. */
export const protocolPackages = ['est', 'scep', 'ocsp', 'crl', 'admin-api'] as const;

/** Decide and encode: time is an argument, the world comes through ports. */
export const purePackages = ['asn1', 'crypto', 'x509', 'cms', 'lint', 'ca', 'est', 'scep', 'ocsp', 'crl'] as const;
