/**
 * Loaded before the service (`node --import`): the real program, with its ports wrapped from outside. Signers are witnessed,
 * and a request can be held at each point of the issuance cycle.
 */
import { registerHooks } from 'node:module';

const replacements: Readonly<Record<string, string>> = {
  '@touchmark/crypto': new URL('crypto.ts', import.meta.url).href,
  '@touchmark/store': new URL('store.ts', import.meta.url).href,
};

registerHooks({
  resolve(specifier, context, next) {
    const url = replacements[specifier];
    // The replacement itself gets the real one.
    if (url === undefined || url === context.parentURL) return next(specifier, context);
    return { url, format: 'module-typescript', shortCircuit: true };
  },
});

const { CertificatePreparer, EnrollmentService } = await import('@touchmark/ca');
const { forDevice, hold, holdTurn } = await import('./hold.ts');
const { heldDeviceIn } = await import('./points.ts');

const { enroll } = EnrollmentService.prototype;
EnrollmentService.prototype.enroll = function (request) {
  return forDevice(heldDeviceIn(request.requestDer, request.operation), async () => {
    await hold('before-parse');
    const outcome = await enroll.call(this, request);
    await hold('before-respond');
    return outcome;
  });
};

const { prepare } = CertificatePreparer.prototype;
CertificatePreparer.prototype.prepare = function (...parameters) {
  holdTurn('before-prepare');
  const prepared = prepare.apply(this, parameters);
  holdTurn('before-lint');
  return prepared;
};
