# Builds from a clean checkout:  docker build -t gyro .
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM node:22-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:22-bookworm-slim
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY conf ./conf
RUN mkdir data && chown node:node data
USER node
VOLUME /app/data
# Other containers reach a server only on an address that is not loopback. /v1 is then refused at start
# unless GYRO_API_TOKEN is set: pass one with `docker run --env GYRO_API_TOKEN=…`.
ENV NODE_ENV=production \
    GYRO_DIAMETER_LISTEN=0.0.0.0:3868 \
    GYRO_NCHF_LISTEN=0.0.0.0:8085 \
    GYRO_API_LISTEN=0.0.0.0:8080
EXPOSE 3868 8080 8085
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "dist/main.js", "serve"]
