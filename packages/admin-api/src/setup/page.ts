/** The page behind the setup link of the first start: static, its script in a file of its own. */
import { readFileSync } from 'node:fs';
import express from 'express';
import type { Router } from 'express';

const files = [
  { path: '/', file: 'setup.html', type: 'text/html; charset=utf-8' },
  { path: '/setup.js', file: 'setup.js', type: 'text/javascript; charset=utf-8' },
  { path: '/setup.css', file: 'setup.css', type: 'text/css; charset=utf-8' },
];

/** The token stays in the URL's fragment, which browsers do not send; the script posts it once. */
export function createSetupPage(): Router {
  const router = express.Router({ caseSensitive: true, strict: false });
  for (const { path, file, type } of files) {
    const content = readFileSync(new URL(file, import.meta.url));
    router.get(path, (_request, response) => {
      response.set({ 'Content-Type': type, 'Cache-Control': 'no-store' }).send(content);
    });
  }
  return router;
}
