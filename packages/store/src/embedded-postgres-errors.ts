/** What can go wrong with the embedded PostgreSQL, in words for whoever starts the service. */

export class EmbeddedPostgresError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
  }
}

/** Another live process owns this home. */
export class HomeInUseError extends EmbeddedPostgresError {
  readonly home: string;

  /** @param holder what is known of the other process, e.g. `touchmark 4711` */
  constructor(home: string, holder: string | undefined) {
    const who = holder === undefined ? 'another Touchmark process' : `another process (${holder})`;
    super(
      `The home ${home} is in use by ${who}. Stop it first, choose another TOUCHMARK_HOME, or set DATABASE_URL to run several nodes on one registry.`,
    );
    this.name = 'HomeInUseError';
    this.home = home;
  }
}
