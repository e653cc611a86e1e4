# One image per app, all from one build: docker build --target signup -t latchkey/signup .
# The npm registry is whatever the builder is told: --build-arg NPM_CONFIG_REGISTRY=... ; npm's own without it.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# Only what decides which packages are installed, so that a changed source does not install them again.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS build
ARG NPM_CONFIG_REGISTRY
WORKDIR /app
COPY --from=manifests /app ./
# No package's scripts run in a build: nothing here needs them, and whoever takes over a package would get to run code.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM ${NODE_IMAGE} AS packages
ARG NPM_CONFIG_REGISTRY
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --omit=dev

# What every app runs on. Nothing is written at run time: the root file system may be read-only.
FROM ${NODE_IMAGE} AS runtime
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0
COPY --from=packages /app ./
COPY --from=build /app/libs ./libs
USER 1000:1000
ENTRYPOINT ["node", "--enable-source-maps"]

FROM runtime AS signup
COPY --from=build /app/apps/web/dist ./apps/web/dist
COPY --from=build /app/apps/signup/dist ./apps/signup/dist
CMD ["apps/signup/dist/main.js"]

FROM runtime AS billing-webhooks
COPY --from=build /app/apps/billing-webhooks/dist ./apps/billing-webhooks/dist
CMD ["apps/billing-webhooks/dist/main.js"]

FROM runtime AS provisioner
COPY --from=build /app/apps/provisioner/dist ./apps/provisioner/dist
CMD ["apps/provisioner/dist/main.js"]

FROM runtime AS workspace
COPY --from=build /app/apps/workspace/dist ./apps/workspace/dist
CMD ["apps/workspace/dist/main.js"]

FROM runtime AS notifier
COPY --from=build /app/apps/notifier/dist ./apps/notifier/dist
CMD ["apps/notifier/dist/main.js"]

FROM runtime AS analytics
COPY --from=build /app/apps/analytics/dist ./apps/analytics/dist
CMD ["apps/analytics/dist/main.js"]

FROM runtime AS bus-keeper
COPY --from=build /app/apps/bus-keeper/dist ./apps/bus-keeper/dist
CMD ["apps/bus-keeper/dist/main.js"]

# The vendors' stand-ins, for everything but production.
FROM runtime AS sandbox
ENV SANDBOX_HOST=0.0.0.0
COPY --from=build /app/apps/sandbox/dist ./apps/sandbox/dist
CMD ["apps/sandbox/dist/main.js"]
