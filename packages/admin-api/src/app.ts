/** The administration listener's Express application: the REST interface and the setup page, nothing else. */
import express from 'express';
import type { Express } from 'express';
import helmet from 'helmet';
import { answerProblem, beginRequest } from './exchange.ts';
import type { AdminApiOptions } from './exchange.ts';
import { requestProblem } from './problem.ts';
import { apiPrefix } from './route-table.ts';
import { createAdminRouter } from './router.ts';
import { createSetupPage } from './setup/page.ts';

/** To be served over TLS with `requestCert: true`, `rejectUnauthorized: false` and without session tickets. */
export function createAdminApp(options: AdminApiOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(securityHeaders());
  app.use(beginRequest(options));
  app.use('/setup', createSetupPage());
  app.use(apiPrefix, createAdminRouter(options));
  app.use(() => {
    throw requestProblem(404, 'routeUnknown', 'There is nothing at this path.', {
      hint: `The API is at ${apiPrefix}/.`,
    });
  });
  app.use(answerProblem(options));
  return app;
}

function securityHeaders(): express.RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    // HSTS is for the whole host name: browsers would leave the plain HTTP listener, where CRLs are, unreachable.
    strictTransportSecurity: false,
  });
}
