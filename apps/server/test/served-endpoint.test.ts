/** The URL that an endpoint is shown with is the one that its clients put in. */
import { describe, expect, it } from '@jest/globals';
import { describeServed } from '../src/served-endpoint.ts';

const bases = { estUrl: 'https://ca.example.com:8443', publicUrl: 'http://pki.example.com/base' };
const served = (protocol: 'est' | 'scep', protocolSettings = {}) =>
  describeServed({ protocol, label: 'line-7', protocolSettings }, bases);

describe('an endpoint', () => {
  it('of EST is below the listener of EST', () => {
    expect(served('est')).toEqual({ url: 'https://ca.example.com:8443/.well-known/est/line-7', settings: [] });
  });

  it('of EST has no URL on a node that does not serve it', () => {
    const { url } = describeServed(
      { protocol: 'est', label: 'line-7', protocolSettings: {} },
      { ...bases, estUrl: undefined },
    );
    expect(url).toBeUndefined();
  });

  it('of SCEP is below the public URL, with every setting in force', () => {
    const { url, settings } = served('scep', { preset: 'apple' });
    expect(url).toBe('http://pki.example.com/base/scep/line-7');
    expect(settings).toContainEqual(expect.objectContaining({ name: 'des3', value: false, source: 'preset' }));
  });

  it('is shown also where its settings cannot be read', () => {
    expect(served('scep', { preset: 'netscape' }).settings).toEqual([]);
  });
});
