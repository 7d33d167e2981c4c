/** The settings of an endpoint that its protocol alone reads, judged when they are written. */
import { CaError } from '@touchmark/ca';
import type { EnrollmentEndpoint } from '@touchmark/ca';
import { ScepSettings } from '@touchmark/scep';

type Settings = EnrollmentEndpoint['protocolSettings'];

/** @throws CaError `invalidArgument` */
export function checkProtocolSettings(protocol: EnrollmentEndpoint['protocol'], settings: Settings): Settings {
  switch (protocol) {
    case 'est': {
      const [unknown] = Object.keys(settings);
      if (unknown === undefined) return {};
      throw new CaError('invalidArgument', `An EST endpoint has no setting "${unknown}". Leave the settings out.`);
    }
    case 'scep': {
      const judged = ScepSettings.safeParse(settings);
      // As they were written: what a preset says may change with the program.
      if (judged.success) return settings;
      const [issue] = judged.error.issues;
      const place = issue === undefined || issue.path.length === 0 ? '' : `"${issue.path.join('.')}": `;
      throw new CaError(
        'invalidArgument',
        `The settings of a SCEP endpoint cannot be read: ${place}${issue?.message ?? 'they are of another form'}.`,
      );
    }
  }
}
