# syntax=docker/dockerfile:1
# Touchmark runs its TypeScript as it is: there is no build, only dependencies and the generated database client.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /opt/touchmark
ENV CI=true
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages packages
COPY apps apps
COPY prisma prisma
# First everything, because generating the database client takes a development dependency; then what runs alone.
# Sources stay where they are: Node strips types from files outside node_modules only, so `pnpm deploy` is no way here.
RUN --mount=type=cache,target=/root/.npm --mount=type=cache,target=/pnpm-store \
    npx -y pnpm install --frozen-lockfile --store-dir /pnpm-store --package-import-method copy \
 && npx -y pnpm install --frozen-lockfile --store-dir /pnpm-store --package-import-method copy --prod --ignore-scripts

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Touchmark" \
      org.opencontainers.image.description="A private certificate authority for device fleets" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    TOUCHMARK_HOME=/var/lib/touchmark \
    TOUCHMARK_PUBLIC_LISTEN=0.0.0.0:8080 \
    TOUCHMARK_EST_LISTEN=0.0.0.0:8443 \
    TOUCHMARK_ADMIN_LISTEN=0.0.0.0:9443 \
    TOUCHMARK_METRICS_LISTEN=0.0.0.0:9090
COPY --from=dependencies --chown=root:root /opt/touchmark /opt/touchmark
RUN printf '#!/bin/sh\nexec node /opt/touchmark/apps/cli/bin/touchmark.js "$@"\n' > /usr/local/bin/touchmark \
 && chmod 0755 /usr/local/bin/touchmark \
 && install -d -o node -g node -m 0711 /var/lib/touchmark
USER node
WORKDIR /var/lib/touchmark
VOLUME /var/lib/touchmark
EXPOSE 8080 8443 9443 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9090/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["touchmark"]
CMD ["serve"]
