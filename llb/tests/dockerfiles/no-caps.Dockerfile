# gen:nocaps=1
FROM debian:12 AS base
COPY a /a
ADD --chown=1:2 b /b
RUN --mount=type=cache,target=/c make
FROM base
RUN ls
