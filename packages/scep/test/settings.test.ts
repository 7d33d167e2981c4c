import { describe, expect, it } from '@jest/globals';
import { presetNames, presets, ScepSettings } from '../src/index.ts';

describe('ScepSettings', () => {
  it('are those of the preset where nothing is said', () => {
    expect(ScepSettings.parse({})).toEqual({ preset: 'generic', ...presets.generic });
  });

  it.each(presetNames)('of the preset %s are whole, JSON, and the same when parsed again', (preset) => {
    const settings = ScepSettings.parse({ preset });
    expect(settings).toEqual({ preset, ...presets[preset] });
    expect(ScepSettings.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
  });

  it('say otherwise than the preset where an administrator does', () => {
    expect(ScepSettings.parse({ preset: 'apple', des3: true, sha1: false })).toEqual({
      preset: 'apple',
      ...presets.apple,
      des3: true,
      sha1: false,
    });
  });

  it('refuse one certificate for two', () => {
    expect(() => ScepSettings.parse({ caCertificate: 'single' })).toThrow(
      /one certificate alone, which tells clients of no RA/,
    );
    expect(ScepSettings.parse({ caCertificate: 'single', recipient: 'ca' }).caCertificate).toBe('single');
  });

  it.each([{ preset: 'netscape' }, { md5: true }, { sha1: 'yes' }, { recipient: 'root' }])('refuse %j', (settings) => {
    expect(() => ScepSettings.parse(settings)).toThrow();
  });
});
