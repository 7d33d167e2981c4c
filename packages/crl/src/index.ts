export { createCrlHandler, crlRoutes } from './handler.ts';
export type { AuthorityDirectory, CrlHandlerDependencies } from './handler.ts';
export { createCrlPublisher } from './publisher.ts';
export type { CrlPublisher, CrlPublisherDependencies, LintTbsCertList } from './publisher.ts';
export { isDue, nextUpdateOf } from './schedule.ts';
export { distributionPointUrls } from './scope.ts';
