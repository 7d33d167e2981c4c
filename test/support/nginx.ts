/** A real nginx that accepts devices by mutual TLS and refuses those on the CRL. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { requiredProgram } from './programs.ts';
import { eventually, runOk } from './run.ts';

export interface NginxFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Issuing CA and root. */
  readonly clientCaFile: string;
  /** CRLs of every CA of the chain. */
  readonly crlFile: string;
}

export class Nginx {
  readonly #directory: string;
  readonly #port: number;
  readonly #configurationFile: string;
  #process: ChildProcess | undefined;

  constructor(directory: string, port: number, files: NginxFiles) {
    this.#directory = directory;
    this.#port = port;
    this.#configurationFile = join(directory, 'nginx.conf');
    mkdirSync(join(directory, 'temp'), { recursive: true });
    writeFileSync(this.#configurationFile, configuration(directory, port, files));
  }

  async start(): Promise<void> {
    await runOk(requiredProgram('nginx'), ['-p', this.#directory, '-e', 'stderr', '-c', this.#configurationFile, '-t']);
    const child = spawn(
      requiredProgram('nginx'),
      ['-p', this.#directory, '-e', 'stderr', '-c', this.#configurationFile],
      { stdio: 'ignore' },
    );
    this.#process = child;
    await eventually('nginx listening', 10, async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
      return (await accepts(this.#port)) ? true : undefined;
    });
  }

  /** Reads the CRL file again. */
  reload(): void {
    this.#process?.kill('SIGHUP');
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child?.exitCode !== null) return;
    const exited = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await exited;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

function configuration(directory: string, port: number, files: NginxFiles): string {
  return `
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log info;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${directory}/temp/body;
  proxy_temp_path ${directory}/temp/proxy;
  fastcgi_temp_path ${directory}/temp/fastcgi;
  uwsgi_temp_path ${directory}/temp/uwsgi;
  scgi_temp_path ${directory}/temp/scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${files.certificateFile};
    ssl_certificate_key ${files.keyFile};
    ssl_client_certificate ${files.clientCaFile};
    ssl_verify_client on;
    ssl_verify_depth 2;
    ssl_crl ${files.crlFile};
    location / { return 200 "welcome $ssl_client_s_dn\\n"; }
  }
}
`;
}
