/** certmonger, which keeps the certificates of hosts, as a SCEP client: the daemon itself, as an operator sets it up. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Administrator } from '../support/administrator.ts';
import { Certmonger } from '../support/certmonger.ts';
import type { TrackedRequest } from '../support/certmonger.ts';
import { belongTogether, certificateIn, serialNumberHexIn, verifyStrictly } from '../support/issued-certificate.ts';
import { describeWith } from '../support/programs.ts';
import { eventually } from '../support/run.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

const ends = ['MONITORING', 'CA_WORKING', 'CA_REJECTED', 'CA_UNREACHABLE', 'CA_UNCONFIGURED'];
const isSettled = ({ status }: TrackedRequest): boolean => ends.includes(status);

describeWith(['openssl', 'certmonger', 'getcert'], 'certmonger', () => {
  let touchmark: Touchmark;
  let admin: Administrator;
  let certmonger: Certmonger;
  let seenCa: string;

  const keyFile = (name: string): string => join(certmonger.directory, `${name}.key`);
  const certificateFile = (name: string): string => join(certmonger.directory, `${name}.pem`);
  const newSecret = async (label: string): Promise<string> => (await admin.createSecret({ label })).secret;
  const request = async (name: string, ca: string, challenge: string): Promise<TrackedRequest> => {
    const files = ['-k', keyFile(name), '-f', certificateFile(name)];
    await certmonger.begin('request', name, '-c', ca, ...files, '-N', `CN=${name}`, '-L', challenge);
    return certmonger.reach(name, isSettled);
  };

  beforeAll(async () => {
    touchmark = await startTouchmark();
    admin = new Administrator(touchmark);
    const [field, lookedAt] = [
      await admin.createScepEndpoint('field'),
      await admin.createScepEndpoint('looked-at', { approval: 'manual' }),
    ];
    const directory = join(touchmark.home, 'certmonger');
    mkdirSync(directory);
    certmonger = new Certmonger(directory);
    await certmonger.start();
    seenCa = await certmonger.addScepCa('field', field);
    await certmonger.addScepCa('looked-at', lookedAt);
  }, 120_000);

  afterAll(async () => {
    await certmonger?.stop();
    admin?.close();
    await touchmark?.dispose();
  });

  it('finds the root among the certificates of GetCACert, for the operator to compare', () => {
    const root = new X509Certificate(readFileSync(touchmark.rootCertificateFile));
    const thumbprint = /thumbprint \(SHA1\): (.*)/.exec(seenCa)?.[1]?.replaceAll(' ', '').toLowerCase();
    expect(thumbprint).toBe(createHash('sha1').update(root.raw).digest('hex'));
  });

  it('enrolls with a one-time secret as challenge, at a CA whose key is ECDSA', async () => {
    expect(await request('pump-1', 'field', await newSecret('field'))).toEqual({ status: 'MONITORING' });
    const certificate = certificateIn(certificateFile('pump-1'));
    expect(certificate.subject).toBe('CN=pump-1');
    expect(await belongTogether(certificateFile('pump-1'), keyFile('pump-1'))).toBe(true);
    expect((await verifyStrictly(touchmark, certificateFile('pump-1'))).stdout).toContain('OK');
    expect(await admin.lastAttempt('field')).toMatchObject({
      operation: 'PKCSReq',
      outcome: 'issued',
      deviceId: 'pump-1',
      callerCertificateId: null,
    });
  });

  it.each([
    ['resubmit', 'the same key'],
    ['rekey', 'a new key'],
  ])(
    'renews by itself (%s) for %s, with the certificate it has and the challenge of its first day',
    async (operation) => {
      const [key, serial] = [readFileSync(keyFile('pump-1'), 'utf8'), serialNumberHexIn(certificateFile('pump-1'))];
      const before = await admin.certificatesOf('pump-1');
      const callerCertificateId = before.find(({ serialNumber }) => serialNumber === serial)?.id;
      await certmonger.begin(operation, 'pump-1');
      await eventually('a new certificate', 30, async () =>
        (await admin.certificatesOf('pump-1')).length > before.length ? true : undefined,
      );
      // Issued, and so on its way to the file.
      await certmonger.reach('pump-1', ({ status }) => status === 'MONITORING');
      expect(serialNumberHexIn(certificateFile('pump-1'))).not.toBe(serial);
      expect(readFileSync(keyFile('pump-1'), 'utf8') === key).toBe(operation === 'resubmit');
      expect(await belongTogether(certificateFile('pump-1'), keyFile('pump-1'))).toBe(true);
      await verifyStrictly(touchmark, certificateFile('pump-1'));
      const attempt = await admin.lastAttempt('field');
      expect(attempt).toMatchObject({ operation: 'PKCSReq', outcome: 'issued', callerCertificateId });
      expect(attempt.steps.filter(({ warning }) => warning).map(({ note }) => note)).toContainEqual(
        expect.stringContaining('the challengePassword was ignored'),
      );
    },
  );

  it('is told that a challenge is wrong', async () => {
    expect(await request('pump-2', 'field', 'wrong-challenge')).toEqual({
      status: 'CA_REJECTED',
      error: expect.stringContaining('not permitted'),
    });
    expect(await admin.lastAttempt('field')).toMatchObject({ outcome: 'refused', code: 'secretWrong' });
  });

  it('waits where somebody has to approve, and asks again for its certificate', async () => {
    const secret = await newSecret('looked-at');
    expect(await request('pump-3', 'looked-at', secret)).toEqual({ status: 'CA_WORKING' });
    const [waiting, ...others] = await admin.waiting('looked-at');
    expect([waiting?.deviceId, others]).toEqual(['pump-3', []]);

    await admin.approve(waiting!.id);
    await certmonger.begin('refresh', 'pump-3');
    await certmonger.reach('pump-3', ({ status }) => status === 'MONITORING');
    await verifyStrictly(touchmark, certificateFile('pump-3'));
    // It sends its whole request again instead of a CertPoll.
    expect(await admin.lastAttempt('looked-at')).toMatchObject({ operation: 'PKCSReq', outcome: 'issued' });
    expect(await admin.certificatesOf('pump-3')).toHaveLength(1);
  });

  it('gets nothing once its certificate is revoked', async () => {
    const serial = serialNumberHexIn(certificateFile('pump-1'));
    await admin.revoke(serial, 'keyCompromise');
    await certmonger.begin('resubmit', 'pump-1');
    const { error } = await certmonger.reach(
      'pump-1',
      ({ status, error }) => isSettled({ status, error }) && error !== undefined,
    );
    expect(error).toContain('not permitted');
    expect(serialNumberHexIn(certificateFile('pump-1'))).toBe(serial);
    expect(await admin.lastAttempt('field')).toMatchObject({ outcome: 'refused', code: 'certificateRevoked' });
  });
});
