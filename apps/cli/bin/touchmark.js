#!/usr/bin/env node
/** Where `touchmark` begins: a file that every Node can read, unlike TypeScript. */
import './node-version.js';

await import('../src/main.ts');
