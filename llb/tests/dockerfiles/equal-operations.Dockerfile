FROM alpine:3 AS a
RUN true
FROM alpine:3 AS b
RUN true
FROM alpine:3 AS c
COPY x /x
COPY --from=a / /a/
COPY --from=b / /b/
COPY x /x
