# syntax=docker/dockerfile:1
# check=skip=all
ARG VARIANT=bookworm
FROM python:3.13-${VARIANT} AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update && apt-get install -y --no-install-recommends build-essential
FROM base AS deps
WORKDIR /app
COPY --link requirements*.txt ./
RUN --mount=type=cache,id=pip,target=/root/.cache/pip pip install -r requirements.txt
FROM node:24 AS web
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm,uid=1000 npm ci
COPY web .
RUN npm run build
FROM base AS final
COPY --from=deps --link /usr/local/lib/python3.13/site-packages /usr/local/lib/python3.13/site-packages
COPY --from=web --link --chown=33:33 /web/dist /app/static
COPY --link app /app
RUN --mount=type=bind,from=deps,target=/deps,ro cp /deps/app/requirements.txt /tmp
USER 33:33
CMD ["python", "-m", "app"]
